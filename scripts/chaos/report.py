"""Writes the table of a run into docs/reliability.md and keeps the text around it."""

import os
import platform
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from chaos.outcome import TableRow, table

_BEGIN, _END = "<!-- table: written by `make chaos` -->", "<!-- end of table -->"


def write(project: Path, lines: Sequence[TableRow], minutes: float, when: time.struct_time) -> Path:
    """Write the table with machine, date and commit into the document, and return its path."""
    path = project / "docs" / "reliability.md"
    said = _origin(project, minutes, when)
    path.write_text(fill(path.read_text("utf-8"), f"{table(lines)}\n\n{said}"), "utf-8")
    return path


def fill(document: str, text: str) -> str:
    """Replace the text between the marks. Raises ValueError if they are missing."""
    before, begin, rest = document.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError("the document has no marks for the table")
    return f"{before}{begin}\n{text}\n{end}{after}"


def _origin(project: Path, minutes: float, when: time.struct_time) -> str:
    machine = f"{os.cpu_count()} cores, {_memory_gib():.0f} GiB, {platform.system()} {platform.machine()}"
    python, redis = platform.python_version(), _first_line("redis-server", "--version")
    commit = _first_line("git", "-C", str(project), "rev-parse", "--short", "HEAD")
    day = time.strftime("%Y-%m-%d %H:%M UTC", when)
    return f"{day} · commit {commit} · {machine} · Python {python} · {redis} · {minutes:.0f} minutes"


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _first_line(*command: str) -> str:
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return f"{command[0]} unknown"
    return " ".join(said.partition("\n")[0].split()[:3]) if said else ""
