"""One WebSocket: connects uvicorn's transport, the frame parser of `websockets`, and an admitted client.

uvicorn hands an upgrade request and its transport to this class (its `ws=` setting). Broadcast frames are
written to the transport as they are; an idle connection has no task, no queue and no timer.
"""

import asyncio
import logging
from asyncio import Transport
from collections.abc import Coroutine
from math import inf
from typing import Any, cast

from typing_extensions import override
from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.frames import Frame

from push_gateway.auth.access import SocketRefusal
from push_gateway.auth.authentication import RefusedError
from push_gateway.ws.client import AdmittedClient
from push_gateway.ws.frames import CLOSE_WITHIN, FrameTransport
from push_gateway.ws.opening import Opening
from push_gateway.ws.protocol import REFUSED, CloseCode
from push_gateway.ws.reading import FairReader
from push_gateway.ws.sockets import sockets_in
from shared.process.foreseen import FORESEEN
from shared.process.supervise import background

_PATIENCE = {CloseCode.TOO_SLOW: 30.0, CloseCode.RESTARTING: 2.0, CloseCode.TOO_MANY: 2.0}
_LOG = logging.getLogger("push_gateway.ws")


class Connection(FairReader):
    """A connection from its upgrade request to its end; between them it has an admitted client."""

    __slots__ = ("_client", "_opening", "_server")

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        super().__init__(sockets_in(app_state))
        self._server = server_state
        self._opening: Opening | None = None
        self._client: AdmittedClient | None = None

    # What uvicorn and the transport call.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over the transport from the HTTP protocol."""
        headers = self._server.default_headers
        self._frames = FrameTransport(cast("Transport", transport), self._sockets.loop, headers)
        self._server.connections.add(cast("Any", self))

    def data_received(self, data: bytes) -> None:
        """Keep the upgrade request, which uvicorn hands over, for this connection's turn."""
        self._frames.transport.pause_reading()  # until the client is authenticated
        self._opening = Opening(data, self._frames, self._sockets)
        self._enter_queue()

    def eof_received(self) -> None:
        """The client has ended its side: what waits for it must be read soon."""
        self._leave()
        self._frames.abort_after(CLOSE_WITHIN)

    def connection_lost(self, exc: Exception | None) -> None:
        """Release everything."""
        self._server.connections.discard(cast("Any", self))
        self._leave()
        self._sockets.limiter.leave(self)
        self._frames.forget()

    def pause_writing(self) -> None:
        """More bytes wait than may."""
        if self._client is not None:
            self._client.pause()

    def resume_writing(self) -> None:
        """The client has read enough."""
        if self._client is not None:
            self._client.resume()

    def shutdown(self) -> None:
        """The server ends: close soon, each at its own time, so that not all clients come back at once."""
        if self._client is not None:
            delay = self._sockets.farewell_delay()
            self._sockets.loop.call_later(delay, self._client.close, CloseCode.RESTARTING, "restarting")
        elif self._opening is not None and self._opening.is_read:
            self._refuse(CloseCode.RESTARTING, "restarting")
        else:
            self._end(CloseCode.RESTARTING, "restarting")

    # What the limiter of sockets calls.

    @property
    def heard_at(self) -> float:
        """When the client was last heard; -inf without one."""
        return self._client.heard_at if self._client is not None else -inf

    def give_place(self) -> None:
        """End at once."""
        self._end(CloseCode.TOO_SLOW, "silent")
        self._frames.transport.abort()

    # Opening.

    def _shake_hands(self, opening: Opening) -> None:
        if not opening.read():
            self._opening = None
        elif opening.is_allowed(self._now()):
            self._spawn(self._open(opening))
        else:
            self._refuse(CloseCode.TOO_MANY, "too many handshakes")
            self._frames.transport.close()
        self._frames.flush()

    async def _open(self, opening: Opening) -> None:
        try:
            admitted = await opening.admit()
        except RefusedError as refused:
            self._refuse_client(refused.reason)
            return
        if self._opening is None or self._frames.transport.is_closing():
            return
        if not self._sockets.limiter.enter(self, admitted, self._now()):
            self._refuse_client("too many connections")
            return
        self._answer()
        self._client = AdmittedClient(admitted, self._frames, self._sockets, spawn=self._spawn, end=self._end)
        self._client.open(opening.claim)
        self._frames.transport.resume_reading()

    def _answer(self) -> bool:
        """Answer the handshake; False when that was done, or the client is gone."""
        opening, self._opening = self._opening, None
        if opening is None or not opening.answer():
            return False
        self._frames.flush()
        return True

    def _refuse_client(self, reason: SocketRefusal) -> None:
        code = REFUSED[reason]
        if self._sockets.may_log(reason):
            _LOG.info("push_gateway.ws.refused", extra={"code": int(code), "reason": reason})
        self._refuse(code, reason)

    def _refuse(self, code: CloseCode, reason: str) -> None:
        """Close the connection after the handshake, where a browser learns the reason."""
        if self._answer():
            self._end(code, reason)
        if not self._frames.transport.is_closing():
            self._frames.transport.resume_reading()

    # Frames.

    @override
    def _take_frames(self) -> bool:
        if self._opening is not None:
            self._shake_hands(self._opening)
            return self._opening is None
        for event in self._frames.parse_some():
            if isinstance(event, Frame) and self._client is not None and self._frames.is_open:
                self._client.take_frame(event)
        if not self._frames.flush() or not self._frames.is_open:
            self._leave()  # nothing may follow a close frame
        return True

    # Ending.

    def _end(self, code: CloseCode, reason: str) -> None:
        """Send the close frame behind waiting data, and give the client a while to read it."""
        self._leave()
        if self._frames.is_open:
            self._sockets.metrics.closes.labels(str(int(code))).inc()
            self._frames.close(code, reason)
        if code is CloseCode.TOO_MANY:
            self._frames.stop_parsing()
        self._frames.abort_after(_PATIENCE.get(code, CLOSE_WITHIN))

    def _leave(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.leave()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = background(_LOG, "socket", self._or_close(work))
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)

    async def _or_close(self, work: Coroutine[Any, Any, None]) -> None:
        """Do the work; if it fails, tell the client to come back."""
        try:
            await work
        except Exception as error:
            if self._client is None:
                self._refuse(CloseCode.REDIS_AWAY, "catching up")
            else:
                self._client.close(CloseCode.REDIS_AWAY, "catching up")
            if not isinstance(error, FORESEEN):
                raise

    def _now(self) -> float:
        return self._sockets.loop.time()


WS_PROTOCOL = cast("type[asyncio.Protocol]", Connection)
"""For uvicorn's `ws=` setting, whose type knows no buffered protocols."""
