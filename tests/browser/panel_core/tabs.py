"""Tabs of the panel over one browser's storage, in Node, with a server that loses what it is told to lose."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import playwright

import push_gateway

_NODE = Path(playwright.__file__).parent / "driver/node"
_STATIC = Path(push_gateway.__file__).parent / "static"
_HARNESS = Path(__file__).with_name("tabs.mjs")


class Tabs:
    """The browser: commands of tabs.mjs as methods; a tab is known by its name."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def __getattr__(self, command: str) -> Any:
        """Return the command of this name as a function."""
        return lambda *values: self._ask(command, *values)

    def _ask(self, *command: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["value"]


def reload(tabs: Tabs, name: str) -> None:
    """Load a tab anew, under whoever is logged in now."""
    tabs.close(name)
    tabs.open(name)


@contextmanager
def running(folder: Path) -> Iterator[Tabs]:
    """Run the panel's modules in Node for the length of the block."""
    shutil.copytree(_STATIC, folder, dirs_exist_ok=True)
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    harness = shutil.copy(_HARNESS, folder)
    with subprocess.Popen([_NODE, harness], stdin=-1, stdout=-1, text=True, encoding="utf-8") as process:
        yield Tabs(process)
        assert process.stdin is not None
        process.stdin.close()
