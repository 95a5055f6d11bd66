"""uvicorn's HTTP protocol with the limits it lacks: on a request's head, and on a body that is not read."""

import asyncio

from typing_extensions import override

from shared.http.plain_upgrade import PlainUpgradeProtocol

HEAD_WITHIN_S = 5.0
"""From the connection, or the first byte of a further request, to the end of its head."""
HEAD_BYTES = 64 * 1024
REST_WITHIN_S = 5.0
"""From the answer to the end of a body that still arrives: its sender needs time to read the answer."""


class TimedHttpProtocol(PlainUpgradeProtocol):
    """Closes a connection whose head comes slowly, endlessly or not at all. A WebSocket has no timer."""

    _timer: asyncio.TimerHandle | None = None
    _received = 0
    _rest: asyncio.TimerHandle | None = None
    _body_comes = False

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._expect_head()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._have_head()
        self._have_rest()
        super().connection_lost(exc)

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._timer is None:
            self._expect_head()

    @override
    def on_headers_complete(self) -> None:
        self._have_head()
        self._body_comes = True
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        self._have_rest()
        super().on_message_complete()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._body_comes and self._rest is None:
            self._rest = self.loop.call_later(REST_WITHIN_S, self._cut)

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._timer is not None:
            self._received += len(data)
            if self._received > HEAD_BYTES:
                self._cut()

    def _expect_head(self) -> None:
        self._received = 0
        self._timer = self.loop.call_later(HEAD_WITHIN_S, self._cut)

    def _have_head(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _have_rest(self) -> None:
        self._body_comes = False
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _cut(self) -> None:
        self._have_head()
        self._have_rest()
        self.transport.close()
