"""uvicorn's HTTP protocol with what it lacks: bounds on requests, a fast path, and responses in one write."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from starlette.types import Scope
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

ARRIVAL_S = 5.0
"""From the first byte of a request (of the connection, when none comes) to the last."""
HEAD_BYTES = 64 * 1024
REQUEST_BYTES = 16 * 1024**2
"""A body that is too long is read up to here, so that its sender gets to read the response."""

LINGER_S = 0.5
"""At shutdown: how long a connection without a request stays open, since one may be on its way."""

WHOLE_RESPONSE = "avito_live.whole_response"
"""ASGI extension: a function that writes a whole 200 in one system call. It is given the scope and the end of
the response (`name: value` lines, empty line, body), and tells whether it wrote it; when not, `send` has to.
`send` makes two system calls of a response, which is a third of what a webhook costs."""

OnStored = Callable[[bytes | None], None]
HandleFast = Callable[[Scope, bytes, OnStored], bool]
"""The fast path, an app's method `handle_fast`: given a request's scope, its whole body and a callback for
the end of a 200 (as above). It returns False, or calls back with None, when plain ASGI is to serve
the request. Without a task, a queue and an event of its own a webhook costs a quarter less."""


class FastHttpProtocol(HttpToolsProtocol):
    """Closes connections that send slowly, nothing, or without an end. It needs one timer a connection."""

    _awaited_since: float | None = None
    _received = 0
    _parsing = False
    _postponed: tuple[RequestResponseCycle, Any] | None = None
    _served: RequestResponseCycle | None = None  # the request that is being served; `cycle` is the newest
    _shutting_down = False
    _timer: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._handle_fast: HandleFast = getattr(self.app, "handle_fast", _never_fast)
        # Shared by the requests of the connection: a reference from each to itself would be a cycle.
        self._extensions: dict[str, Any] = {WHOLE_RESPONSE: self._respond}
        self._awaited_since = self.loop.time()
        self._timer = self.loop.call_later(ARRIVAL_S, self._check_deadline)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        self._extensions = {}
        super().connection_lost(exc)
        if self._served and not self._served.response_complete:  # uvicorn tells only the newest
            self._served.disconnected = True
            self._served.message_event.set()

    @override
    def data_received(self, data: bytes) -> None:
        self._parsing = True
        super().data_received(data)
        self._parsing = False
        if self._postponed:
            postponed, self._postponed = self._postponed, None
            super()._start_asgi_task(*postponed)
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.more_body and cycle.scope is self.scope:
            self._awaited_since = None
            self._received = 0
        else:
            self._await_more(len(data))

    @override
    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self.scope["extensions"] = self._extensions
        if self._shutting_down:
            self.cycle.keep_alive = False

    @override
    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._served = cycle
        if cycle.more_body and self._parsing:
            self._postponed = (cycle, app)  # its body may come in the same packet
        else:
            self._start(cycle, app)

    @override
    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._postponed:
            postponed, self._postponed = self._postponed, None
            self._start(*postponed)

    def _start(self, cycle: RequestResponseCycle, app: Any) -> None:
        start_task = super()._start_asgi_task

        def on_stored(rest: bytes | None) -> None:
            if rest is None:
                start_task(cycle, app)
            elif not cycle.disconnected:
                self._write(cycle, rest)

        # Only `receive` sends the 100 that a client may wait for, whatever path its request takes.
        slow = cycle.more_body or cycle.waiting_for_100_continue
        if slow or not self._handle_fast(cast("Scope", cycle.scope), bytes(cycle.body), on_stored):
            start_task(cycle, app)

    @override
    def shutdown(self) -> None:
        """Close after the request that is being served, or that is on its way over a new connection."""
        self._shutting_down = True
        if self._served_none:
            self.loop.call_later(LINGER_S, self._close_if_idle)
        else:
            super().shutdown()

    def _close_if_idle(self) -> None:
        if self._served_none:
            self.transport.close()

    @property
    def _served_none(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None

    def _respond(self, scope: Scope, rest: bytes) -> bool:
        """Write a whole 200, as `send` would in two steps, if the request of `scope` is being served."""
        cycle = self._served
        if cycle is None or cycle.scope is not scope or cycle.disconnected or cycle.response_started:
            return False
        self._write(cycle, rest)
        return True

    def _write(self, cycle: RequestResponseCycle, rest: bytes) -> None:
        lines = [b"%b: %b\r\n" % header for header in cycle.default_headers]
        if not cycle.keep_alive:
            lines.append(b"connection: close\r\n")
        self.transport.write(b"".join((STATUS_LINE[200], *lines, rest)))
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()

    def _await_more(self, received: int) -> None:
        """Bound a request that has come only in part."""
        if not self._received:
            self._awaited_since = self.loop.time()
        self._received += received
        if self._in_head and self._received > HEAD_BYTES:
            self._refuse(431)
        elif self._received > REQUEST_BYTES:
            self._refuse(413)

    @property
    def _in_head(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.scope is not self.scope

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
        cycle: RequestResponseCycle | None = self.cycle
        answering = cycle is not None and not cycle.response_complete
        answered = answering if self._in_head else self.cycle.response_started
        if self._received and not answered:
            self.transport.write(STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()


def _never_fast(scope: Scope, body: bytes, on_stored: OnStored) -> bool:
    return False
