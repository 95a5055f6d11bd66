"""Reads what a client sends: a little at a time, in turns with the others, while the client reads too."""

import asyncio
from abc import ABC, abstractmethod

from push_gateway.ws.frames import FrameTransport
from push_gateway.ws.sockets import Sockets

_LOOK_AGAIN = 0.25


class FairReader(asyncio.BufferedProtocol, ABC):
    """Has a client's frames taken, some in each turn; none while much waits unread by the client."""

    __slots__ = ("_frames", "_sockets")
    _frames: FrameTransport

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where received bytes go: one place for all connections, which bounds each read."""
        return self._sockets.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Keep received bytes for this connection's turn."""
        self._frames.feed(self._sockets.buffer[:nbytes])
        self._enter_queue()

    def take_some(self) -> bool:
        """Take a few of the received frames; return whether there are more to take now."""
        frames = self._frames
        if frames.transport.is_closing():
            return False
        if frames.is_unheard:
            frames.transport.pause_reading()
            self._sockets.loop.call_later(_LOOK_AGAIN, self._enter_queue)
            return False
        try:
            goes_on = self._take_frames()
        except BaseException:
            frames.transport.abort()
            raise
        if goes_on and not frames.has_unparsed and not frames.transport.is_closing():
            frames.transport.resume_reading()
        return frames.has_unparsed

    @abstractmethod
    def _take_frames(self) -> bool:
        """Take the next few frames; return whether the client is read on."""

    def _enter_queue(self) -> None:
        self._sockets.read_queue.enter(self)
