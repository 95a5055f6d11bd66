"""The Redis of the tests: the server that REDIS_SERVER names, else the first on PATH.

The head of the report names it. A test of what some servers lack is skipped with the reason there.
"""

import os
import re
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

from shared.redis import versions
from testbed import find_binary

SWITCH = "REDIS_SERVER"


def read(program: str) -> tuple[str, str]:
    """Return product and version of a server, such as Valkey and 9.1.2; empty where it says neither."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return "", ""
    found = re.match(r"(\w+) server v=([0-9.]+)", done.stdout)
    return (found[1], found[2]) if found else ("", "")


@cache
def engine() -> tuple[str, tuple[int, ...]]:
    """Return product and version of the tests' server, such as Valkey, (9, 1, 2)."""
    product, version = read(find_binary())
    return product, versions.numbers(version)


def is_redis_before(*version: int) -> bool:
    """Tell whether it is Redis, and older than that."""
    return engine()[0] == "Redis" and engine()[1] < version


def is_redis_since(*version: int) -> bool:
    """Tell whether it is Redis of that version or a newer one."""
    return engine()[0] == "Redis" and engine()[1] >= version


def pytest_configure(config: pytest.Config) -> None:
    """Put the server that is asked for first on PATH, where our commands look for theirs too."""
    asked = os.environ.get(SWITCH, "")
    if not asked or hasattr(config, "workerinput"):  # workers inherit PATH
        return
    program = Path(asked).absolute()
    _, version = read(str(program))
    if not version or versions.too_old(version):
        found = f"is version {version}, {versions.NEEDED}" if version else "is no Redis server"
        raise pytest.UsageError(f"{SWITCH}={asked} {found}")
    folder = tempfile.TemporaryDirectory(prefix="redis-of-the-tests-")
    config.add_cleanup(folder.cleanup)
    Path(folder.name, "redis-server").symlink_to(program)
    os.environ["PATH"] = f"{folder.name}{os.pathsep}{os.environ['PATH']}"


def pytest_report_header() -> str:
    """Name the server."""
    product, version = engine()
    program = os.environ.get(SWITCH) or find_binary()
    return f"Redis of the tests: {product} {'.'.join(map(str, version))}, {program}"
