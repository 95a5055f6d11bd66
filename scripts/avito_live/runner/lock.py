"""Locks that allow one holder at a time and end with the holder's process, even after kill -9."""

import fcntl
import os
import time
from pathlib import Path

from avito_live.runner.errors import RunError
from avito_live.runner.folders import Folders

_LOOKED_AT_S = 0.5
"""`is_held` holds the lock for a moment, so `take_run` waits this long before it gives up."""


def take_run(folders: Folders) -> int:
    """Take the lock that only one run may hold, and remove what the last run left. Raises RunError."""
    if (descriptor := take(folders.lock, _LOOKED_AT_S)) is None:
        holder = folders.lock.read_text(encoding="utf-8").strip() or "unknown"
        raise RunError(
            f"`make run` is running here already (process {holder}), or a command on its data: "
            "stop it with Ctrl-C, or wait until it ends."
        )
    folders.redis_url.unlink(missing_ok=True)
    return descriptor


def take_data(folder: Path, seconds: float = 15.0) -> int:
    """Take the lock of a Redis data folder, waiting for a Redis that is just ending. Raises RunError.

    The Redis process inherits the descriptor, so the folder stays locked while that Redis lives.
    """
    if (descriptor := take(folder / "lock", seconds)) is None:
        raise RunError(f"another Redis still uses {folder}: stop it, then start again.")
    return descriptor


def is_held(path: Path) -> bool:
    """Tell whether a running process holds a lock."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def take(path: Path, seconds: float = 0.0) -> int | None:
    """Take a lock and return its descriptor; the file names the holder. None: it is taken all the time.

    It ends when the descriptor is closed, here and in the processes that inherited it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < deadline:
                time.sleep(0.05)
                continue
            os.close(descriptor)
            return None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return descriptor
