"""uvicorn's HTTP protocol with what it lacks: bounds on requests, and a shutdown that serves new clients."""

import asyncio
from typing import Any

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from shared.http.plain_upgrade import PlainUpgradeProtocol

ARRIVAL_S = 5.0
"""From the first byte of a request (of the connection, when none comes) to the last."""
HEAD_BYTES = 64 * 1024
REQUEST_BYTES = 16 * 1024**2
"""A body that is too long is read up to here, so that its sender gets to read the response."""

LINGER_S = 0.5
"""At shutdown: how long a connection without a request stays open, since one may be on its way."""


class BoundedHttpProtocol(PlainUpgradeProtocol):
    """Closes connections that send slowly, nothing, or without an end. It needs one timer a connection.

    It follows the requests by the callbacks of httptools, which do not change with uvicorn.
    """

    _awaited_since: float | None = None
    _received = 0  # bytes since the last whole request
    _in_head = True
    _whole = False
    _unused = True
    _shutting_down = False
    _timer: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._awaited_since = self.loop.time()
        self._timer = self.loop.call_later(ARRIVAL_S, self._check_deadline)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        self._whole = False
        super().data_received(data)
        if self._whole:
            self._awaited_since = None
            self._received = 0
        else:
            self._await_more(len(data))

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._whole = False

    @override
    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_head = self._unused = False
        if self._shutting_down and not self.ignores_offer():
            self.cycle.keep_alive = False

    @override
    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head = self._whole = True

    @override
    def shutdown(self) -> None:
        """Close after the request that is being served, or that is on its way over a new connection."""
        self._shutting_down = True
        if self._unused:
            self.loop.call_later(LINGER_S, self._close_if_unused)
        else:
            super().shutdown()

    def _close_if_unused(self) -> None:
        if self._unused:
            self.transport.close()

    def _await_more(self, received: int) -> None:
        """Bound a request that has come only in part."""
        if not self._received:
            self._awaited_since = self.loop.time()
        self._received += received
        if self._in_head and self._received > HEAD_BYTES:
            self._refuse(431)
        elif self._received > REQUEST_BYTES:
            self._refuse(413)

    def _check_deadline(self) -> None:
        waited = 0.0 if self._awaited_since is None else self.loop.time() - self._awaited_since
        if waited >= ARRIVAL_S:
            self._refuse(408)
        else:
            self._timer = self.loop.call_later(ARRIVAL_S - waited, self._check_deadline)

    def _refuse(self, status: int) -> None:
        """Close, with a response if this request has none yet and no earlier one comes first."""
        if self.transport.is_closing():
            return
        if self._received and self._may_respond():
            self.transport.write(STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()

    def _may_respond(self) -> bool:
        newest: Any = self.cycle
        if self._in_head:
            return newest is None or newest.response_complete
        return not newest.response_started and not self.pipeline
