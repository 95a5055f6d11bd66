"""Whether a client reads its responses: one that does not would keep them, and its place, for ever."""

import asyncio
import fcntl
import struct
import termios
from contextlib import suppress

STUCK_S = 30.0
"""How long a client may read nothing while responses wait for it."""
_PROGRESS_BYTES = 4096
_INT = struct.Struct("i")


class Unread:
    """The bytes that wait for one client, here and in the kernel."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._least = 0  # that waited since the last progress
        self._since = 0.0

    def note_progress(self) -> None:
        """Note that the client has read much."""
        self._least = 0

    def is_stuck(self, now: float) -> bool:
        """Whether the client has read next to nothing for too long; call it again and again."""
        waiting = self._transport.get_write_buffer_size()
        if waiting:
            waiting += self._in_kernel()
        if self._least and waiting > self._least - _PROGRESS_BYTES:
            return now - self._since >= STUCK_S
        self._least, self._since = waiting, now
        return False

    def _in_kernel(self) -> int:
        """Return the bytes that the client's system has not confirmed; 0 where that cannot be asked."""
        size = _INT.pack(0)
        with suppress(OSError):
            size = fcntl.ioctl(self._transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, size)
        return int(_INT.unpack(size)[0])
