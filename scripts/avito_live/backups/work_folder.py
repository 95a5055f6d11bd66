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
_LOCK = "lock"


@contextmanager
def opened(parent: Path | None = None) -> Iterator[Path]:
    """Yield a new folder in `parent`, by default that of temporary files. Raises OSError."""
    parent = parent or Path(tempfile.gettempdir())
    remove_abandoned(parent)
    made = Path(tempfile.mkdtemp(prefix=".avito-live-new-", dir=parent))
    lock = os.open(made / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    folder = made.rename(parent / f"{_PREFIX}{secrets.token_hex(8)}")  # has this name only once it is locked
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        os.close(lock)


def remove_abandoned(parent: Path) -> None:
    """Remove the folders that killed processes of this user left."""
    for folder in parent.glob(f"{_PREFIX}*"):
        try:
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
        except OSError:  # another user's, or just removed
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
