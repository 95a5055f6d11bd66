"""Changes lines of `.env` in place, and replaces files atomically."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


def changed(text: str, values: Mapping[str, str]) -> str:
    """Return the text with these settings, each on its existing line or at the end. Pure."""
    for name, value in values.items():
        text = _with(text, name, f"{name}={value}")
    return text


def _with(text: str, name: str, new: str) -> str:
    """Replace the line in effect, else the one that is commented out, else add a line at the end.

    If a name has several lines, the last one is in effect.
    """
    for mark in (r"(?:export[ \t]+)?", r"#[ \t]*"):
        line = re.compile(rf"^[ \t]*{mark}{name}[ \t]*=.*$", re.MULTILINE)
        if found := list(line.finditer(text)):
            return f"{text[: found[-1].start()]}{new}{text[found[-1].end() :]}"
    return f"{text.rstrip()}\n{new}\n"


def read(path: Path) -> str:
    """Return the file's text. Raises OSError."""
    return path.read_text("utf-8")


def write(path: Path, text: str, mode: int | None = None) -> None:
    """Replace the file atomically, keeping its owner and, without `mode`, its mode. Raises OSError.

    A new file is readable by its owner only, unless `mode` says otherwise.
    """
    path = path.resolve()  # a link stays a link
    stat = path.stat() if path.exists() else None
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    write_new(beside, text)
    _take_over(beside, stat, mode)
    beside.replace(path)


def write_new(path: Path, text: str) -> None:
    """Write a new file, readable by its owner only; if that fails nothing is left. Raises OSError."""
    data = text.encode()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink()
        raise


def _take_over(beside: Path, stat: os.stat_result | None, mode: int | None) -> None:
    if stat and (stat.st_uid, stat.st_gid) != (os.geteuid(), os.getegid()):
        with suppress(PermissionError):  # only root can give a file away
            os.chown(beside, stat.st_uid, stat.st_gid)
    if mode is None and stat:
        mode = stat.st_mode & 0o777
    beside.chmod(0o600 if mode is None else mode)
