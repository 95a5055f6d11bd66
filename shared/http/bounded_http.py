"""The HTTP protocol of ingest and the gateway: bounds on requests, on answers that are not read, on turns."""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from math import inf
from typing import Any

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from shared.http import forwarded
from shared.http.places import Peer, Places
from shared.http.read_queue import ReadQueue
from shared.http.sequential_http import SequentialHttpProtocol
from shared.http.turns import Turns
from shared.http.unread import Unread

HEAD_S = 5.0
"""From the first byte of a request (of the connection, when none comes) to the end of its head."""
HEAD_BYTES = 64 * 1024
HEAD_LINES = 500
"""Cookies may come with a line each (HTTP/2 splits them)."""
REST_S = 5.0
"""From the response to the end of a body that still arrives: its sender needs time to read the response."""
KEEP_ALIVE_S = 130.0
"""Between requests: longer than a proxy keeps a connection (up to 120 s), so that it never sends on one
that we have closed."""
LINGER_S = 0.5
"""At shutdown: how long a new connection stays open, or one whose next request has begun to arrive."""

_TICK_S = 5.0
_FORWARDED = b"x-forwarded-for"
_PROBES = ("/livez", "/readyz")
_OVERDUE = "overdue"
_REFUSAL = {b"x-content-type-options": b"nosniff", b"content-length": b"0", b"connection": b"close"}


@lru_cache(maxsize=4096)
def _peer_of(address: str, trusted: tuple[forwarded.Network, ...]) -> Peer:
    return Peer(forwarded.network_of(address), forwarded.is_shared(address, trusted))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a service allows, and what its connections share.

    `body_s`: from the first byte of a request to the last. A body that is longer than `body_bytes` and has
    no response by then is refused: up to there it is read, so that its sender gets to read the response.
    """

    body_s: float
    body_bytes: int
    trusted: tuple[forwarded.Network, ...] = ()
    places: Places = field(default_factory=lambda: Places(most=1_000))
    turns: Turns = field(default_factory=Turns)
    read_queue: ReadQueue = field(default_factory=ReadQueue)


class BoundedHttpProtocol(SequentialHttpProtocol):
    """Closes connections that send or read slowly, nothing, or without an end. It needs one timer."""

    _since: float | None = None  # when what is awaited began to arrive
    _received = 0  # bytes of the request at hand
    _answered_at = 0.0  # since when the rest of its body is of no use
    _unused = True
    _shutting_down = False
    _timer: asyncio.TimerHandle | None = None

    def __init__(self, *given: Any, bounds: Bounds, **named: Any) -> None:
        """Take what uvicorn gives."""
        super().__init__(*given, read_queue=bounds.read_queue, **named)
        self._bounds = bounds

    @override
    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._unread = Unread(transport)
        self._since = self.loop.time()
        self._timer = self.loop.call_later(HEAD_S, self._tick)
        peer = _peer_of(self.client[0] if self.client else "", self._bounds.trusted)
        self._of_peer = self._bounds.places.enter(self, peer, len(self.connections))
        self._waiting = self._of_peer.waiting

    @override
    def _leave(self) -> None:
        if not self._gone:
            self._bounds.places.leave(self, self._of_peer)
        super()._leave()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def evict(self) -> None:
        """Close at once, for others."""
        self.transport.abort()

    # Reading.

    @override
    def _read(self, piece: Any) -> None:
        self._received += len(piece)
        if self._in_head and self._received > HEAD_BYTES:
            self._refuse(431)
            return
        super()._read(piece)
        if not self._has_begun:
            self._received = 0
        elif self._received > self._bounds.body_bytes and not self._is_answered():
            self._refuse(413)

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._since = self.loop.time()

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head and len(self.headers) >= HEAD_LINES:
            self._refuse(431)
            raise ValueError("too many header lines")  # ends the parsing
        super().on_header(name, value)

    @override
    def handle_websocket_upgrade(self) -> None:
        if self._shutting_down:  # it would not be told of the end
            self._write_refusal(503)
            self.transport.close()
        else:
            super().handle_websocket_upgrade()

    @override
    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._unused = self._unused and self._in_head
        if self._shutting_down and self.cycle is not None:
            self.cycle.keep_alive = False

    @override
    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self.ignores_offer():
            return
        self._received, self._since = 0, None
        if self._is_answered():
            self._answered_at = self.loop.time()
        else:
            self._waiting.pop(self, None)

    @override
    def send_400_response(self, msg: str) -> None:
        self._refuse(400)

    # Responding.

    @override
    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._bounds.turns.begin(self._turn_key, partial(self._begin, cycle, app))

    def _turn_key(self) -> Hashable:
        """Return what takes turns with the request: its client's probes, first or further requests."""
        (network, is_shared), scope = self._of_peer.peer, self.scope
        if is_shared and self.client and any(name == _FORWARDED for name, _ in scope["headers"]):
            came = forwarded.read(self.client[0], "http", scope["headers"], self._bounds.trusted)
            network = forwarded.network_of(came.address)
        return network, self._unused, scope["path"] in _PROBES

    def _begin(self, cycle: RequestResponseCycle, app: Any) -> bool:
        if cycle.disconnected:
            return False
        super()._start_asgi_task(cycle, app)
        return True

    @override
    def on_response_complete(self) -> None:
        self._answered_at = self.loop.time()
        if self._in_head:
            self._waiting[self] = None
        super().on_response_complete()

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._waiting[self] = None

    @override
    def resume_writing(self) -> None:
        self._unread.note_progress()
        if self._in_head and not self._is_answered():
            self._waiting.pop(self, None)
        super().resume_writing()

    # Ending.

    @override
    def shutdown(self) -> None:
        """Close after the request that is being served, or that is on its way."""
        self._shutting_down = True
        if self._is_answered() and (self._unused or self._has_begun or self._held):
            self.loop.call_later(LINGER_S, self._close_if_answered)
        else:
            super().shutdown()

    def _close_if_answered(self) -> None:
        if self._is_answered():
            self.transport.close()

    def _tick(self) -> None:
        now = self.loop.time()
        if self._unread.is_stuck(now):
            self.transport.abort()
            return
        left = self._deadline() - now
        if left <= 0:
            self._bounds.turns.begin(lambda: _OVERDUE, self._end_overdue)
        self._timer = self.loop.call_later(left if 0 < left < _TICK_S else _TICK_S, self._tick)

    def _end_overdue(self) -> bool:
        is_overdue = not self._gone and self._deadline() <= self.loop.time()
        if is_overdue:
            self._refuse(408)
        return is_overdue

    def _deadline(self) -> float:
        """Return until when what is awaited must have come."""
        if self._since is None:
            return self._answered_at + KEEP_ALIVE_S if self._is_answered() else inf
        if self._in_head:
            return self._since + HEAD_S
        if self._is_answered():
            return self._answered_at + REST_S
        return self._since + self._bounds.body_s

    def _refuse(self, status: int) -> None:
        """Close, with a response if this request has none yet."""
        if self.transport.is_closing():
            return
        if self._has_begun and (self._in_head or not self.cycle.response_started):
            self._write_refusal(status)
        self.transport.close()

    def _write_refusal(self, status: int) -> None:
        headers = _REFUSAL | {name.lower(): value for name, value in self.server_state.default_headers}
        lines = [b"%b: %b\r\n" % header for header in headers.items()]
        self.transport.write(b"".join((STATUS_LINE[status], *lines, b"\r\n")))
