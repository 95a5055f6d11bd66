"""Private temporary folders for conversations, removed at the end of the block.

A process that is killed leaves its folder behind. The next one removes it: no process holds its lock.
"""

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "avito-live-work-"


@contextmanager
def opened(parent: Path | None = None) -> Iterator[Path]:
    """Yield a new folder in `parent`, by default that of temporary files. Raises OSError."""
    parent = parent or Path(tempfile.gettempdir())
    for abandoned in parent.glob(f"{_PREFIX}*"):
        if (lock := _lock(abandoned)) is not None:
            shutil.rmtree(abandoned, ignore_errors=True)
            os.close(lock)
    made = Path(tempfile.mkdtemp(prefix=".avito-live-new-", dir=parent))
    held = _lock(made)
    folder = made.rename(parent / f"{_PREFIX}{secrets.token_hex(8)}")  # has this name only once it is locked
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        if held is not None:
            os.close(held)


def _lock(folder: Path) -> int | None:
    """Lock a folder; None if another process holds it, or it is another user's, or was just removed."""
    file = folder / "lock"  # which older versions lock instead
    try:
        lock = os.open(file if file.exists() else folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock
