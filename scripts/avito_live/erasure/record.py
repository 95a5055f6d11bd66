"""Records beside the backups: append-only files of JSON lines in `var`, readable by their owner only."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import orjson


def read(home: Path, name: str) -> list[dict[str, Any]]:
    """Return the complete lines of a record; a missing file has none. Raises OSError."""
    path = home / "var" / name
    return list(filter(None, map(_line, path.read_bytes().splitlines()))) if path.exists() else []


def append(home: Path, name: str, lines: Iterable[Mapping[str, Any]]) -> None:
    """Add lines to a record, synced to disk. Raises OSError."""
    path = home / "var" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "a+b") as file:
        if _is_cut(file):
            file.write(b"\n")
        for line in lines:
            file.write(orjson.dumps(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _line(text: bytes) -> dict[str, Any] | None:
    try:
        line = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return line if isinstance(line, dict) else None


def _is_cut(file: BinaryIO) -> bool:
    """Whether the last line is incomplete."""
    if not (size := file.seek(0, os.SEEK_END)):
        return False
    file.seek(size - 1)
    return file.read(1) != b"\n"
