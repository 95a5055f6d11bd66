"""What a process tells of itself in its heartbeat, for `make doctor`."""

import os
import resource
from pathlib import Path
from typing import Any

from shared import __version__


def process_facts() -> dict[str, Any]:
    """Return its version, how many files and connections it has open, and how many it may have."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return {"version": __version__, "files": min(_open_files(most), most), "most_files": most}


def _open_files(most: int) -> int:
    """Return the lowest free descriptor: so many are open, or some more. Counting them takes longer."""
    try:
        free = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return most
    os.close(free)
    return free


def disk_facts(folder: Path) -> list[int | None]:
    """Return bytes in all and free of a folder's disk, and the files it has room for, if it counts them.

    Raises OSError.
    """
    stat = os.statvfs(folder)
    usable = (stat.f_blocks - stat.f_bfree + stat.f_bavail) * stat.f_frsize
    return [usable, stat.f_bavail * stat.f_frsize, stat.f_favail if stat.f_files else None]
