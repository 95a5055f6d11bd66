"""Frames to and from one client: the parser of `websockets` on uvicorn's transport. Knows no session."""

import logging
from asyncio import AbstractEventLoop, TimerHandle, Transport
from collections.abc import Generator, Sequence

from typing_extensions import override
from websockets import http11
from websockets.exceptions import ProtocolError
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import Event, State
from websockets.server import ServerProtocol
from websockets.streams import StreamReader

from push_gateway.ws import protocol
from shared.http.bounded_http import HEAD_BYTES, HEAD_LINES

CLOSE_WITHIN = 5.0
_VERSION = "13"
_BAD_UTF8 = 1007
_PARSED_AT_ONCE = 512
_MOST_WAITING = 64 * 1024
"""Bytes that may wait for a client while its frames are taken: each may be answered by more."""
_FRAMES_AFTER_CLOSE = 100
"""Frames that are still read for the client's close frame after ours; whatever follows is dropped unread."""
_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)
_LONG, _LONGER = 126, 65_536
_LOG = logging.getLogger("push_gateway.ws.wire")
_LOG.setLevel(logging.WARNING)
_REFUSAL_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}

# Cookies of other programs may be longer than 8 KiB, or hundreds with a line each; the head is bounded by
# shared/http/bounded_http.py.
http11.MAX_LINE_LENGTH, http11.MAX_NUM_HEADERS = HEAD_BYTES, HEAD_LINES


class _StrictReader(StreamReader):
    """Refuses a length that is written in more bytes than it needs (RFC 6455, 5.2).

    The parser asks for `at_eof` before each frame, then for its first two bytes, then for a long length.
    """

    def __init__(self) -> None:
        super().__init__()
        self._reads = 0
        self._is_long = False

    @override
    def at_eof(self) -> Generator[None, None, bool]:
        self._reads = 0
        return super().at_eof()

    @override
    def read_exact(self, n: int) -> Generator[None, None, bytearray]:
        data = yield from super().read_exact(n)
        self._reads += 1
        if self._reads == 1:
            self._is_long = data[1] & 0x7F >= _LONG
        elif self._reads == 2 and self._is_long:
            shortest = _LONG if n == 2 else _LONGER
            if int.from_bytes(data, "big") < shortest:
                raise ProtocolError("a longer length than needed")
        return data


class FrameTransport:
    """One transport with its parser; an idle one has no task, no queue and no timer.

    `headers`: those of every answer of the server.
    """

    __slots__ = (
        "_after_close",
        "_headers",
        "_loop",
        "_parser",
        "_parts",
        "_response",
        "_stopped",
        "_text",
        "_timer",
        "_unparsed",
        "transport",
    )

    def __init__(
        self, transport: Transport, loop: AbstractEventLoop, headers: Sequence[tuple[bytes, bytes]]
    ) -> None:
        self.transport = transport
        self._headers = headers
        self._loop = loop
        self._parser = ServerProtocol(max_size=protocol.MAX_FRAME, logger=_LOG)
        self._response: Response | None = None
        self._timer: TimerHandle | None = None
        self._parts: bytearray | None = None
        self._text = True
        self._unparsed = bytearray()
        self._after_close = 0
        self._stopped = False

    @property
    def is_open(self) -> bool:
        """Whether the handshake is done and no side has closed."""
        return self._parser.state is State.OPEN

    @property
    def has_unparsed(self) -> bool:
        """Whether received bytes wait to be parsed."""
        return bool(self._unparsed)

    @property
    def is_unheard(self) -> bool:
        """Whether the client leaves so much unread that no further frame of it is taken."""
        return self.transport.get_write_buffer_size() > _MOST_WAITING

    def receive_head(self, head: bytes) -> Request | None:
        """Return the upgrade request; None when it is none."""
        self._parser.receive_data(head)
        request = next(iter(self._parser.events_received()), None)
        return request if isinstance(request, Request) else None

    def feed(self, data: memoryview) -> None:
        """Keep received bytes until they are parsed; with more than a little no more are read before."""
        if self._stopped:
            return
        self._unparsed += data
        if len(self._unparsed) > _PARSED_AT_ONCE:
            self.transport.pause_reading()

    def parse_some(self) -> list[Event]:
        """Return the frames that the next few bytes complete."""
        piece = bytes(memoryview(self._unparsed)[:_PARSED_AT_ONCE])
        del self._unparsed[:_PARSED_AT_ONCE]
        self._parser.receive_data(piece)
        frames = self._parser.events_received()
        if not self.is_open:
            self._after_close += len(frames)
            if self._after_close > _FRAMES_AFTER_CLOSE:
                self.stop_parsing()
        return frames

    def stop_parsing(self) -> None:
        """Ignore everything that the client still sends."""
        self._stopped = True
        self._unparsed.clear()

    def check(self, request: Request) -> bool:
        """Check the upgrade request; a wrong one is answered at once, and False is returned."""
        versions = request.headers.get_all("Sec-WebSocket-Version")
        if versions != [_VERSION]:
            self.reject(426, f"This WebSocket has version {_VERSION}.\n")
            return False
        del request.headers["Upgrade"]  # uvicorn has found ours among those that are offered
        request.headers["Upgrade"] = "websocket"
        self._response = self._parser.accept(request)
        if self._response.status_code != 101:
            self._refuse(self._response)
            return False
        return True

    def accept(self) -> None:
        """Answer a request that was checked: there is a WebSocket."""
        if self._response is not None:
            parser, response, self._response = self._parser, self._response, None
            parser.send_response(response)
            parser.parser.close()
            parser.reader = _StrictReader()
            parser.parser = parser.parse()
            next(parser.parser)

    def reject(self, status: int, words: str) -> None:
        """Answer that there is no WebSocket."""
        self._refuse(self._parser.reject(status, words))

    def _refuse(self, response: Response) -> None:
        response.headers.update(_REFUSAL_HEADERS)
        for name, value in self._headers:
            if name != b"date":  # the parser has written it
                response.headers[name.decode()] = value.decode()
        if response.status_code == 426:
            response.headers["Upgrade"] = "websocket"
            response.headers["Sec-WebSocket-Version"] = _VERSION
        self._parser.send_response(response)

    def message(self, frame: Frame) -> str | bytes | None:
        """Return the message that this frame completes, if any; invalid UTF-8 ends the connection."""
        if frame.opcode not in _DATA:
            return None
        if frame.opcode is not Opcode.CONT:
            self._text = frame.opcode is Opcode.TEXT
        data = bytes(frame.data)
        if self._parts is not None or not frame.fin:
            self._parts = self._parts if self._parts is not None else bytearray()
            self._parts += data
            if not frame.fin:
                return None
            data, self._parts = bytes(self._parts), None
        return self._decode(data) if self._text else data

    def _decode(self, data: bytes) -> str | None:
        try:
            return data.decode()
        except UnicodeDecodeError:
            self._parser.fail(_BAD_UTF8, "not UTF-8")
            return None

    def flush(self) -> bool:
        """Write the parser's output; False when it has failed and closes the connection."""
        for data in self._parser.data_to_send():
            if self.transport.is_closing():
                return True
            if data:
                self.transport.write(data)
            elif self._parser.parser_exc is None:
                self.abort_after(CLOSE_WITHIN)  # it may never read what still waits for it
                self.transport.close()
            else:  # incoming data must still be read, or a reset would discard our close frame
                self.stop_parsing()
                self.transport.write_eof()
                self.abort_after(CLOSE_WITHIN)
                return False
        return True

    def close(self, code: int, reason: str) -> None:
        """Send the close frame behind waiting data."""
        self._parser.send_close(code, reason)
        self.flush()

    def abort_after(self, seconds: float) -> None:
        """Abort the connection after a while, so that the client can read what was sent; never later."""
        if self._timer is not None:
            if self._timer.when() <= self._loop.time() + seconds:
                return
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, self.transport.abort)

    def forget(self) -> None:
        """Release everything: the connection is lost."""
        if self._timer is not None:
            self._timer.cancel()
        # Breaks reference cycles, since the collector comes late.
        self._parser.parser.close()
        for error in (self._parser.handshake_exc, self._parser.parser_exc):
            _forget_frames(error)


def _forget_frames(error: BaseException | None) -> None:
    """Drop the tracebacks of an error and its causes: their frames hold what holds the error."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
