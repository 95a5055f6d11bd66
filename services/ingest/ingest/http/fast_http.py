"""uvicorn's HTTP protocol with what it lacks: bounds on requests, a short way, and answers in one write."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from starlette.types import Scope
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

ARRIVAL_S = 5.0
"""From the first byte of a request (or the connection, when none comes) to the last."""
HEAD_BYTES = 64 * 1024
REQUEST_BYTES = 16 * 1024**2
"""A body that is too long is read up to here, so that its sender gets to read the answer."""

LINGER_S = 0.5
"""At the end of the process: how long a connection without a request stays, since one may be on its way."""

WHOLE_ANSWER = "avito_live.whole_answer"
"""ASGI extension: a function of the scope and the end of a 200 (`name: value` lines, empty line, body) that
tells whether it wrote that. When not, `send` has to; it makes two system calls of an answer, which is a third
of what a webhook costs."""

OnStored = Callable[[bytes | None], None]
Take = Callable[[Scope, bytes, OnStored], bool]
"""The short way, an app's method `take`: given a request's scope, its whole body and what to call with the
end of a 200 (as above). It returns False, or calls with None, when the request is to go the long way.
Without a task, a queue and an event of its own a webhook costs a quarter less."""


class FastHttpProtocol(HttpToolsProtocol):
    """Cuts whoever sends slowly, sends nothing, or sends without an end. One timer a connection."""

    _awaited_since: float | None = None
    _received = 0
    _feeding = False
    _held: tuple[RequestResponseCycle, Any] | None = None
    _turn: RequestResponseCycle | None = None  # the request that is served; `cycle` is the newest
    _ending = False
    _watch: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._take: Take = getattr(self.app, "take", _take_nothing)
        # One for all requests of the connection: a reference from each to itself would be garbage to collect.
        self._extensions: dict[str, Any] = {WHOLE_ANSWER: self._answer}
        self._awaited_since = self.loop.time()
        self._watch = self.loop.call_later(ARRIVAL_S, self._look)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch:
            self._watch.cancel()
            self._watch = None
        self._extensions = {}
        super().connection_lost(exc)
        if self._turn and not self._turn.response_complete:  # uvicorn tells the newest alone
            self._turn.disconnected = True
            self._turn.message_event.set()

    @override
    def data_received(self, data: bytes) -> None:
        self._feeding = True
        super().data_received(data)
        self._feeding = False
        if self._held:
            held, self._held = self._held, None
            super()._start_asgi_task(*held)
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
        if self._ending:
            self.cycle.keep_alive = False

    @override
    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._turn = cycle
        if cycle.more_body and self._feeding:
            self._held = (cycle, app)  # its body may be in the same packet
        else:
            self._start(cycle, app)

    @override
    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._held:
            held, self._held = self._held, None
            self._start(*held)

    def _start(self, cycle: RequestResponseCycle, app: Any) -> None:
        go_on = super()._start_asgi_task

        def done(rest: bytes | None) -> None:
            if rest is None:
                go_on(cycle, app)
            elif not cycle.disconnected:
                self._write(cycle, rest)

        # Who expects a 100 gets it from `receive` alone, whether the request is one to be taken or not.
        long = cycle.more_body or cycle.waiting_for_100_continue
        if long or not self._take(cast("Scope", cycle.scope), bytes(cycle.body), done):
            go_on(cycle, app)

    @override
    def shutdown(self) -> None:
        """End after the request that is being served, or is just on its way over a fresh connection."""
        self._ending = True
        if self._served_none:
            self.loop.call_later(LINGER_S, self._end_if_idle)
        else:
            super().shutdown()

    def _end_if_idle(self) -> None:
        if self._served_none:
            self.transport.close()

    @property
    def _served_none(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None

    def _answer(self, scope: Scope, rest: bytes) -> bool:
        """Write a whole 200, as `send` would in two steps, if it is the turn of the request of `scope`."""
        cycle = self._turn
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
        """Bound a request of which only a part has come."""
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

    def _look(self) -> None:
        waited = 0.0 if self._awaited_since is None else self.loop.time() - self._awaited_since
        if waited >= ARRIVAL_S:
            self._refuse(408)
        else:
            self._watch = self.loop.call_later(ARRIVAL_S - waited, self._look)

    def _refuse(self, status: int) -> None:
        """Close, with an answer if this request has none yet and no earlier one is in its way."""
        if self.transport.is_closing():
            return
        cycle: RequestResponseCycle | None = self.cycle
        answering = cycle is not None and not cycle.response_complete
        answered = answering if self._in_head else self.cycle.response_started
        if self._received and not answered:
            self.transport.write(STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()


def _take_nothing(scope: Scope, body: bytes, done: OnStored) -> bool:
    return False
