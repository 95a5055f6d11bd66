"""Parts of the pages that `make bench` and `make chaos` write: a table, and where a run was made."""

import os
import platform
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table that is also readable as plain text; the first row is its head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    ruled = [rows[0], ["-" * width for width in widths], *rows[1:]]
    return "\n".join("| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in ruled)


def machine() -> str:
    """Return the date, the commit, the machine and the version of Python."""
    cpu = Path("/proc/cpuinfo").read_text("utf-8").partition("model name\t: ")[2].partition("\n")[0]
    command = ("git", "rev-parse", "--short", "HEAD")
    commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return (
        f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC, commit `{commit}`; {cpu.strip()}, "
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    )
