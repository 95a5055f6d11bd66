"""uvicorn's HTTP protocol, serving one request of a connection after the other.

What a client sends meanwhile waits as bytes, and then in the kernel: uvicorn would read on with each finished
response, and keep every request that it finds.
"""

from collections.abc import Callable
from typing import Any

from typing_extensions import override
from uvicorn.protocols.http.flow_control import FlowControl

from shared.http.plain_upgrade import PlainUpgradeProtocol
from shared.http.read_queue import ReadQueue

_PIECE = 4 * 1024
"""Bytes that are parsed at once: of tiny chunks or header lines they take milliseconds."""
_HEAD_END = b"\r\n\r\n"


class SequentialHttpProtocol(PlainUpgradeProtocol):
    """Reads on when the response to a request is written, and its client reads what is written.

    It follows the requests by the callbacks of httptools, which do not change with uvicorn.
    """

    _held = b""  # received; the parser has read it up to `_at`
    _at = 0
    _has_begun = False  # a request: empty lines before it are none (RFC 9112, 2.2)
    _in_head = True  # also between requests
    _rest: int | None = None  # of a body: bytes to come; None: it is chunked
    _gone = False  # closed, or a WebSocket
    flow: "_Flow"

    def __init__(self, *given: Any, read_queue: ReadQueue, **named: Any) -> None:
        """Take what uvicorn gives, and the queue in which connections wait to be parsed."""
        super().__init__(*given, **named)
        self._read_queue = read_queue

    def connection_made(self, transport: Any) -> None:
        """Begin to read."""
        super().connection_made(transport)
        self.flow = _Flow(transport, self._feed)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        super().connection_lost(exc)
        self._release()

    @override
    def handle_websocket_upgrade(self) -> None:
        self._leave()
        super().handle_websocket_upgrade()
        self._release()

    def _leave(self) -> None:
        """Do nothing more: the connection is closed, or a WebSocket."""
        self._held, self._gone = b"", True

    def _release(self) -> None:
        """Break every reference cycle: what was received is freed at once, since the collector comes late."""
        self.flow.on_room = None
        if self.cycle is not None:  # the app may serve it for long
            self.cycle.on_response, self.cycle.body = _do_nothing, bytearray()
        self.parser = None  # type: ignore[assignment]  # it is not used any more
        self.cycle = None  # type: ignore[assignment]

    @override
    def data_received(self, data: bytes) -> None:
        self._held, self._at = self._held[self._at :] + data if self._held else data, 0
        self._feed()

    def _feed(self) -> None:
        """Have the parser read on when it is this connection's turn."""
        if self._gone:
            return
        self.flow.hold(len(self._held) - self._at > _PIECE)
        if self._held:
            self._read_queue.enter(self)

    def take_some(self) -> bool:
        """Parse a little, up to the end of a request at most; its response comes before the next one."""
        try:
            if self._held and self._may_read():
                self._read_piece()
        except BaseException:
            self.transport.abort()
            raise
        if self._gone:
            return False
        self.flow.hold(len(self._held) - self._at > _PIECE)
        return bool(self._held) and self._may_read()

    def _read_piece(self) -> None:
        end = self._piece_end()
        whole = self._at == 0 and end == len(self._held)
        piece: Any = self._held if whole else memoryview(self._held)[self._at : end]
        self._held, self._at = (b"", 0) if end == len(self._held) else (self._held, end)
        self._read(piece)

    def _may_read(self) -> bool:
        if self.transport.is_closing():
            return False
        if self._in_head:
            return self._is_answered() and not self.flow.write_paused
        return not self.flow.is_full

    def _is_answered(self) -> bool:
        newest: Any = self.cycle
        return newest is None or newest.response_complete

    def _piece_end(self) -> int:
        """Return where what is read next ends, so that no further request is in it (or one, after a cut)."""
        if self._rest is not None:
            return min(self._at + self._rest, len(self._held))
        most = min(self._at + _PIECE, len(self._held))
        found = self._held.find(_HEAD_END, self._at, most)
        return most if found < 0 else found + len(_HEAD_END)

    def _read(self, piece: Any) -> None:
        if self._rest is not None:
            self._rest -= len(piece)
        super().data_received(piece)

    # What the parser finds.

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._has_begun = True

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # else a trailer, which is of no use
            super().on_header(name, value)

    @override
    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if not self.ignores_offer():
            self._in_head = False
            self._rest = self._body_length()

    def _body_length(self) -> int | None:
        """Return the length in the head, which the parser has checked; None for a chunked body."""
        length = 0
        for name, value in self.headers:
            if name == b"transfer-encoding":
                return None
            if name == b"content-length":
                length = int(value)
        return length

    @override
    def on_message_complete(self) -> None:
        super().on_message_complete()
        if not self.ignores_offer():
            self._has_begun, self._in_head, self._rest = False, True, None

    # What the client reads.

    @override
    def on_response_complete(self) -> None:
        """As uvicorn's, which would set a timer for each request, and keep a body that was not read."""
        newest: Any = self.cycle
        if newest is not None and newest.response_complete:  # else a further request was read with this one
            newest.body = bytearray()
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        if self._held:
            self._feed()

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        self._feed()


def _do_nothing() -> None:
    pass


class _Flow(FlowControl):
    """uvicorn's, which does not read on while bytes are held; what it holds back is asked for anew."""

    def __init__(self, transport: Any, on_room: Callable[[], None]) -> None:
        super().__init__(transport)
        self.on_room: Callable[[], None] | None = on_room
        self._held = False
        self.is_full = False
        """Whether the app has not read as much of a body as uvicorn keeps."""

    def hold(self, held: bool) -> None:
        """Read on only when nothing is held."""
        self._held = held
        self._apply()

    @override
    def pause_reading(self) -> None:
        self.is_full = True
        self._apply()

    @override
    def resume_reading(self) -> None:
        was_full, self.is_full = self.is_full, False
        self._apply()
        if was_full and self.on_room is not None:
            self.on_room()

    def _apply(self) -> None:
        if self._held or self.is_full:
            super().pause_reading()
        else:
            super().resume_reading()
