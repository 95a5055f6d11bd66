"""The machine, versions and date of a run."""

import os
import platform
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine, versions and date. `load`: load average of the minute before the run."""

    processor: str
    cores: int
    memory_gib: float
    system: str
    python: str
    redis: str
    commit: str
    date: str
    load: float


def describe() -> Machine:
    """Return the machine as it is now."""
    return Machine(
        processor=_first("/proc/cpuinfo", "model name") or platform.machine(),
        cores=os.cpu_count() or 1,
        memory_gib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        system=f"Linux {platform.release().partition('-')[0]}",
        python=platform.python_version(),
        redis=_said(["redis-server", "--version"]).partition("v=")[2].partition(" ")[0],
        commit=_said(["git", "rev-parse", "--short", "HEAD"]),
        date=time.strftime("%Y-%m-%d %H:%M", time.gmtime()) + " UTC",
        load=os.getloadavg()[0],
    )


def _first(path: str, name: str) -> str:
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return ""


def _said(command: list[str]) -> str:
    if shutil.which(command[0]) is None:
        return ""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
