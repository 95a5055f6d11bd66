"""The files of the spool. Each belongs to one process by flock; the files of a dead process can be adopted.

A file is written by one process until it is full or is to be drained, then only read, then removed.
"""

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LIMIT = 1024**3
"""Bytes in the whole folder."""
SEGMENT = 4 * 1024**2
"""Bytes after which a new file is begun: a crash while draining repeats at most one file."""
TRIAL = 512 * 1024
"""Bytes written to test whether the folder takes a webhook: no record is longer."""
SUFFIX = ".spool"
BROKEN = ".broken"


class FolderFullError(OSError):
    """The folder holds as much as it may."""


@dataclass(slots=True)
class Segment:
    """A file of ours. `size` bytes and `entries` are known to be on disk."""

    path: Path
    fd: int
    size: int = 0
    entries: int = 0


class Folder:
    """The spool files of this process. Every method may be called from any thread.

    Writing, beginning a file and adopting files happen under one lock, or records would be lost.
    """

    def __init__(self, path: Path, owner: str, *, limit: int = LIMIT, segment: int = SEGMENT) -> None:
        self.path = path
        self._owner = owner
        self._limit = limit
        self._segment = segment
        self._lock = threading.Lock()
        self._held: list[Segment] = []
        self._active: Segment | None = None
        self._others = 0
        self._broken: set[Path] = set()

    @property
    def size(self) -> int:
        """Bytes in our files."""
        return sum(segment.size for segment in self._held)

    @property
    def entries(self) -> int:
        """Records in our files that are not drained yet."""
        return sum(segment.entries for segment in self._held)

    def append(self, lines: Sequence[bytes]) -> None:
        """Write lines to disk, all or none. They are safe on return; raises OSError otherwise."""
        data = b"".join(lines)
        with self._lock:
            self._check_room(len(data))
            if self._active is None or self._active.size >= self._segment:
                self._active = self._begin()
            try:
                _write_all(self._active.fd, data)
                os.fsync(self._active.fd)
            except OSError:
                self._undo(self._active)
                raise
            self._active.size += len(data)
            self._active.entries += len(lines)

    def adopt(self) -> int:
        """Adopt the files of dead processes; return how many records they have.

        Counting can take long, so it happens outside the lock: a file that we have locked is safe.
        """
        known = {segment.path for segment in self._held} | self._broken
        adopted: list[Segment] = []
        others = 0
        for path in sorted(self.path.glob(f"*{SUFFIX}")):
            segment = None if path in known else _adopt(path)
            if segment:
                adopted.append(segment)
            elif path not in known:
                others += _size(path)
        with self._lock:
            self._others = others
            self._held = sorted(self._held + adopted, key=lambda segment: segment.path.name)
        return sum(segment.entries for segment in adopted)

    def oldest(self) -> Segment | None:
        """Return the first file to drain; if it is being written, the next record goes to a new one."""
        with self._lock:
            first = next((segment for segment in self._held if segment.entries), None)
            if first is not None and first is self._active:
                self._active = None
            return first

    def remove(self, segment: Segment) -> None:
        """Remove a drained file."""
        with self._lock:
            segment.path.unlink(missing_ok=True)
            self._forget(segment)

    def set_aside(self, segment: Segment) -> None:
        """Rename a file that cannot be read or removed, and keep it for a person to look at."""
        with self._lock:
            self._forget(segment)
            self._broken.add(segment.path)
            with contextlib.suppress(OSError):
                segment.path.rename(segment.path.with_suffix(BROKEN))

    def trial(self) -> None:
        """Raise OSError when the folder cannot take one more webhook of any size."""
        self.path.mkdir(parents=True, exist_ok=True)
        self._check_room(TRIAL)
        path = self.path / f".trial-{self._owner}"
        try:
            with path.open("wb") as file:
                file.write(bytes(TRIAL))
                file.flush()
                os.fsync(file.fileno())
        finally:
            path.unlink(missing_ok=True)

    def lacks_space(self) -> bool:
        """Whether the disk has no room for a webhook of any size. It costs next to nothing."""
        try:
            space = os.statvfs(self.path)
        except OSError:
            return True
        return space.f_bavail * space.f_frsize < TRIAL

    def close(self) -> None:
        """Release every file, so that other processes can adopt it; remove empty ones."""
        with self._lock:
            for segment in self._held:
                if not segment.size:
                    segment.path.unlink(missing_ok=True)
                os.close(segment.fd)
            self._held, self._active = [], None

    def _check_room(self, more: int) -> None:
        if self.size + self._others + more > self._limit:
            raise FolderFullError(f"{self.path} would hold more than {self._limit} bytes")

    def _forget(self, segment: Segment) -> None:
        if segment in self._held:
            self._held.remove(segment)
            os.close(segment.fd)

    def _begin(self) -> Segment:
        """Create a file and lock it. In between another process may have adopted and removed it."""
        self.path.mkdir(parents=True, exist_ok=True)
        while True:
            path = self.path / f"{time.time_ns():020d}-{self._owner}{SUFFIX}"
            fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
            if _lock(fd):
                break
            os.close(fd)
        _sync_folder(self.path)
        segment = Segment(path, fd)
        self._held.append(segment)
        return segment

    def _undo(self, segment: Segment) -> None:
        """Remove a half-written record; where even that fails, its checksum tells."""
        try:
            os.ftruncate(segment.fd, segment.size)
        except OSError:
            self._active = None


def _adopt(path: Path) -> Segment | None:
    """Lock a file of a dead process and count its records; remove it if it is empty.

    Its size is read after it is locked: until then its owner may still write.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    if _lock(fd):
        if size := os.fstat(fd).st_size:
            return Segment(path, fd, size, _count(path))
        with contextlib.suppress(OSError):
            path.unlink()
    os.close(fd)
    return None


def _count(path: Path) -> int:
    """Return the number of lines; a single torn one counts."""
    try:
        with path.open("rb") as file:
            lines = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1024**2), b""))
    except OSError:
        lines = 0
    return max(lines, 1)


def _lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return os.fstat(fd).st_nlink > 0


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _sync_folder(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
