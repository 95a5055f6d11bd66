"""Reads what a client sends: a little at a time, in turns with the others, while the client reads too."""

import asyncio

from push_gateway.ws.frames import FrameTransport
from push_gateway.ws.sockets import Sockets

_LOOK_AGAIN = 0.25


class FairReader(asyncio.BufferedProtocol):
    """Gives a client's frames to `_take`, some in each turn; none while much waits unread by the client."""

    __slots__ = ("_frames", "_is_queued", "_sockets")
    _frames: FrameTransport

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets
        self._is_queued = False

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where received bytes go: one place for all connections, which bounds each read."""
        return self._sockets.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Keep received bytes for this connection's turn."""
        self._frames.feed(self._sockets.buffer[:nbytes])
        self._queue_up()

    def take_some(self) -> bool:
        """Take a few of the received frames; return whether there are more to take now."""
        frames = self._frames
        if frames.transport.is_closing():
            return False
        if frames.is_unheard:
            frames.transport.pause_reading()
            self._sockets.loop.call_later(_LOOK_AGAIN, self._listen_again)
            return False
        try:
            goes_on = self._take()
        except BaseException:
            frames.transport.abort()
            raise
        self._is_queued = frames.has_unread
        if goes_on and not self._is_queued and not frames.transport.is_closing():
            frames.transport.resume_reading()
        return self._is_queued

    def _take(self) -> bool:
        """Take the next few frames; return whether the client is read on."""
        raise NotImplementedError

    def _queue_up(self) -> None:
        if not self._is_queued:
            self._is_queued = True
            self._sockets.read_queue.enter(self)

    def _listen_again(self) -> None:
        self._is_queued = False
        self._queue_up()
