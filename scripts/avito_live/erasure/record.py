"""Records beside the backups: append-only files of JSON lines in `var`, readable by their owner only."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson


def read(home: Path, name: str) -> list[dict[str, Any]]:
    """Return the complete lines of a record; a missing file has none. Raises OSError."""
    path, lines = home / "var" / name, []
    for text in path.read_bytes().splitlines() if path.exists() else ():
        with suppress(orjson.JSONDecodeError):
            lines.append(orjson.loads(text))
    return lines


def append(home: Path, name: str, lines: Iterable[Mapping[str, Any]]) -> None:
    """Add lines to a record, synced to disk. Raises OSError."""
    path = home / "var" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
        for line in lines:
            file.write(b"\n%b\n" % orjson.dumps(line))  # the line before may have been cut off
        file.flush()
        os.fsync(file.fileno())
