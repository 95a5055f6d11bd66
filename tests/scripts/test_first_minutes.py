"""The first minutes: a clone into an empty folder, `make run`, a panel that moves.

With uv, whose cache may be warm; the .venv in which the tests run was made by the same script, with pip where
there is no uv. Seconds are in docs/performance.md.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from avito_live import PROJECT
from avito_live.runner.process import start
from testbed import free_port
from testbed.panel_client import PanelClient
from tests.scripts.running import Started, environment

PACKAGES = 40
MEGABYTES = 100
NO_INDEX = re.compile(
    "setup: pip failed.*(resolve|connect|timed out|unreachable|no matching|fetch)", re.IGNORECASE
)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clone this project as it lies here."""
    folder = tmp_path_factory.mktemp("first")
    repository, made = folder / "origin", folder / "avito-live"
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    origin = ["git", f"--git-dir={repository}", f"--work-tree={PROJECT}", *identity]
    for command in (
        ["git", "init", "-q", "--bare", str(repository)],
        [*origin, "add", "-A", str(PROJECT)],
        [*origin, "commit", "-qm", "here"],
        ["git", "clone", "-q", str(repository), str(made)],
    ):
        subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    (folder / "bin").mkdir()
    (folder / "bin" / "uv").symlink_to(Path(sys.executable).with_name("uv"))
    return made


def make(clone: Path, target: str, ports: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Start a target in the clone, in an environment that knows nothing of this checkout."""
    path = f"{clone.parent / 'bin'}:{os.environ['PATH']}"
    environ = {**environment(clone, {"HOME": os.environ["HOME"], **ports}), "PATH": path}
    of_index = re.compile("(PIP|UV|SSL)_.*|.*_proxy", re.IGNORECASE)
    environ |= {name: value for name, value in os.environ.items() if of_index.fullmatch(name)}
    return start(["make", "-C", str(clone), target], environ, output=subprocess.PIPE)


@pytest.fixture(scope="module")
def running(clone: Path) -> Iterator[tuple[str, str]]:
    """Yield what `make run` said until it was ready, and the panel's address."""
    ports = {
        name: str(free_port()) for name in ("GATEWAY_PORT", "INGEST_PORT", "WORKER_METRICS_PORT", "SIM_PORT")
    }
    with make(clone, "run", ports) as process:
        command = Started(process)
        try:
            command.until("is ready")
            yield command.said, f"http://127.0.0.1:{ports['GATEWAY_PORT']}"
        except AssertionError:
            if NO_INDEX.search(command.said):
                pytest.skip("no package index can be reached from here")
            raise
        finally:
            process.terminate()
            command.rest()


def packages(clone: Path) -> set[str]:
    found = (clone / ".venv").glob("lib/python3*/site-packages/*.dist-info")
    return {path.name.removesuffix(".dist-info").rpartition("-")[0].lower() for path in found}


@pytest.mark.slow
def test_make_run_brings_what_it_needs_and_the_panel_moves(clone: Path, running: tuple[str, str]) -> None:
    said, panel = running
    size = sum(path.lstat().st_size for path in (clone / ".venv").rglob("*")) / 1e6

    assert "what `run` needs, with uv" in said
    assert len(packages(clone)) <= PACKAGES
    assert size <= MEGABYTES
    assert not packages(clone) & {"pytest", "playwright", "mypy", "ruff", "pip", "uv"}
    assert asyncio.run(moved(panel, clone))


async def moved(panel: str, clone: Path) -> bool:
    """Log in with the password of `.env`; whether a message of the demo comes to the panel by itself."""
    (password,) = re.findall(r"^ADMIN_PASSWORD=(.+)$", (clone / ".env").read_text(), re.MULTILINE)
    async with PanelClient.at(panel) as client:
        await client.log_in("owner", password)
        async with asyncio.timeout(60), client.connect() as socket:
            async for frame in socket:
                if json.loads(frame)["type"] == "message":
                    return True
    return False


@pytest.mark.slow
def test_make_test_brings_the_tests_parts_only_then(clone: Path, running: tuple[str, str]) -> None:
    before = packages(clone)
    with make(clone, "needs-test", {}) as process:
        said = Started(process).rest(100)

    assert process.returncode == 0, said
    assert {"pytest", "playwright"} <= packages(clone) - before
    assert not packages(clone) & {"mypy", "ruff"}
