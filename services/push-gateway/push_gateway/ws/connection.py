"""One WebSocket: the shell between uvicorn's transport, the frame parser of `websockets`, and our session.

uvicorn hands an upgrade request and its transport to this class (its `ws=` setting). Frames that all clients
get are written to the transport as they are; an idle connection has no task, no queue and no timer.
"""

import asyncio
import logging
from asyncio import Transport
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import unquote

from redis.exceptions import RedisError
from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.frames import Frame
from websockets.http11 import Request

from push_gateway.auth.access import PATH, Admitted
from push_gateway.auth.authentication import RefusedError
from push_gateway.features.presence.presence import Sign
from push_gateway.http.gateway import gateway_in
from push_gateway.ws import protocol
from push_gateway.ws.frames import CLOSE_WITHIN, FrameTransport
from push_gateway.ws.protocol import CloseCode, Facts
from push_gateway.ws.session import (
    Announce,
    Close,
    Drawn,
    FetchJournal,
    Join,
    JournalPage,
    Phase,
    Send,
    Session,
)
from shared.wires.events import JournalPosition

BOUND = 1024 * 1024
"""Bytes that may wait for one live client; beyond it is cut with 4408."""
_CATCH_UP_BOUND = 128 * 1024
_OPEN_WITHIN = 8.0
_PATIENCE = {CloseCode.TOO_SLOW: 30.0, CloseCode.RESTARTING: 2.0}
_LOG = logging.getLogger("push_gateway.ws")


class Connection(asyncio.Protocol):
    """Speaks for one client; the relay knows it while it is open."""

    __slots__ = (
        "_admitted",
        "_asked",
        "_gateway",
        "_number",
        "_server",
        "_session",
        "_wire",
        "write",
    )
    write: Callable[[bytes], None]
    """Writes ready frames: the transport's own method, since nothing is done more often."""

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        self._gateway = gateway_in(app_state)
        self._server = server_state
        self._session: Session | None = None
        self._admitted: Admitted | None = None
        self._asked: Request | None = None
        self._number = 0

    # What uvicorn and the transport call.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport over from the HTTP protocol."""
        self._wire = FrameTransport(cast("Transport", transport), self._gateway.loop)
        self._server.connections.add(cast("Any", self))

    def data_received(self, data: bytes) -> None:
        """Parse what came: the upgrade request first, then frames."""
        for event in self._wire.receive(data):
            if isinstance(event, Request):
                self._shake_hands(event)
            elif isinstance(event, Frame):
                self._take_frame(event)
        if not self._wire.flush() or not self._wire.is_open:
            self._leave()  # nothing may follow a close frame

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget everything."""
        self._server.connections.discard(cast("Any", self))
        self._leave()
        self._wire.forget()

    def pause_writing(self) -> None:
        """More waits than may wait."""
        if self._session is not None:
            self._session.pause(self._now())
            if self._session.phase is Phase.CLOSED:
                self._gateway.loop.call_soon(self._carry_out)  # not amid a write to all

    def resume_writing(self) -> None:
        """The client has read on."""
        if self._session is not None:
            self._session.resume()
            self.advance()

    def shutdown(self) -> None:
        """The server ends: close soon, each at its own time, so that not all come back at once."""
        if self._asked is not None:  # it waits to be let in
            self._refuse(CloseCode.RESTARTING, "restarting")
        elif self._session is None:
            self._end(CloseCode.RESTARTING, "restarting")
        else:
            delay = self._gateway.farewell_delay()
            self._gateway.loop.call_later(delay, self.close, CloseCode.RESTARTING, "restarting")

    # What the relay and the gateway call.

    @property
    def admitted(self) -> Admitted | None:
        """Who this is, once that is known."""
        return self._admitted

    @property
    def sign(self) -> Sign | None:
        """What this client views, if anything."""
        session = self._session
        viewing = session.viewing if session else None
        return self._sign(viewing) if viewing is not None else None

    def advance(self) -> None:
        """Go on catching up as far as the client reads."""
        if self._session is not None:
            self._session.advance()
            self._carry_out()

    def restart(self, facts: Facts) -> None:
        """Greet anew at a place that does not follow."""
        if self._session is not None:
            self._session.restart(facts)
            self._carry_out()

    def tick(self, now: float) -> None:
        """Let time pass."""
        if self._session is not None:
            self._session.tick(now)
            self._carry_out()

    def close(self, code: CloseCode, reason: str) -> None:
        """End the session."""
        if self._session is not None:
            self._session.close(code, reason)
            self._carry_out()

    # Opening.

    def _shake_hands(self, request: Request) -> None:
        path, _, query = request.path.partition("?")
        if unquote(path) != f"{PATH}ws":
            self._wire.reject(404, "There is no WebSocket here.\n")
            return
        headers = [
            (name.lower().encode(), value.encode("latin-1", "replace"))
            for name, value in request.headers.raw_items()
        ]
        self._asked = request
        self._wire.transport.pause_reading()  # nothing is taken before we know from whom
        self._spawn(self._open(headers, protocol.read_claim(query)))

    async def _open(self, headers: list[tuple[bytes, bytes]], claim: JournalPosition | None) -> None:
        gateway = self._gateway
        peer = self._wire.transport.get_extra_info("peername") or ("",)
        try:
            async with asyncio.timeout(_OPEN_WITHIN), gateway.openings:
                admitted = await gateway.door.admit(peer[0], headers)
        except RefusedError as refused:
            _LOG.info("push_gateway.ws.refused", extra={"code": int(refused.code), "reason": refused.reason})
            self._refuse(refused.code, refused.reason)
        except (RedisError, OSError, TimeoutError):
            self._refuse(CloseCode.REDIS_AWAY, "catching up")
        else:
            if self._answer():
                self._begin(admitted, claim)
            else:
                gateway.door.crowd.leave(admitted.caller.digest, admitted.address)

    def _answer(self) -> bool:
        """Shake hands; False when that was done, nobody is there, or it was no handshake."""
        request, self._asked = self._asked, None
        if request is None or self._wire.transport.is_closing():
            return False
        accepted = self._wire.accept(request)
        self._wire.flush()
        return accepted

    def _begin(self, admitted: Admitted, claim: JournalPosition | None) -> None:
        gateway = self._gateway
        self._admitted = admitted
        self.write = self._wire.transport.write
        self._number = gateway.next_number()
        caller = admitted.caller
        self._session = Session(gateway.hub, caller.operator, self._now(), may_announce=caller.may("reply"))
        self._wire.transport.set_write_buffer_limits(high=_CATCH_UP_BOUND)
        gateway.relay.enter(self)
        self._session.open(claim, gateway.relay.facts)
        self._wire.transport.resume_reading()
        self._carry_out()

    def _refuse(self, code: CloseCode, reason: str) -> None:
        """Close it where a browser learns why: behind the handshake."""
        if self._answer():
            self._end(code, reason)
        if not self._wire.transport.is_closing():
            self._wire.transport.resume_reading()

    # Frames.

    def _take_frame(self, frame: Frame) -> None:
        session = self._session
        if session is None or not self._wire.is_open:
            return
        session.heard(self._now())
        message = self._wire.message(frame)
        metrics = self._gateway.metrics
        metrics.frames_received.inc()
        before = session.refused
        if message is None:
            session.receive_part(len(frame.data), self._now())
        elif isinstance(message, str):
            session.receive_text(message, self._now())
        else:
            session.receive_binary(len(message), self._now())
        metrics.bad_frames.inc(session.refused - before)
        self._carry_out()

    # Carrying out what the session decides.

    def _carry_out(self) -> None:
        session = self._session
        if session is None:
            return
        while actions := session.actions():
            for action in actions:
                self._perform(session, action)
            session.advance()

    def _perform(self, session: Session, action: object) -> None:
        gateway = self._gateway
        match action:
            case Send(frames):
                self.write(frames)
            case Join():
                self.write(gateway.signals.snapshot())
                self._wire.transport.set_write_buffer_limits(high=BOUND)
                gateway.relay.join(self)
            case FetchJournal(after):
                self._spawn(self._fetch(session, after))
            case Announce(chat_id, typing):
                gateway.signals.note(self, self._sign(chat_id, typing=typing))
            case Drawn(seq):
                gateway.note_drawn(seq)
            case Close(code, reason):
                self._end(code, reason)

    async def _fetch(self, session: Session, after: int) -> None:
        try:
            part = await self._gateway.read_journal(after)
        except (RedisError, OSError, TimeoutError):
            session.close(CloseCode.REDIS_AWAY, "catching up")
        else:
            rows = tuple((seq, protocol.encode(event)) for seq, event in part.rows)
            session.receive_journal(JournalPage(part.epoch, part.head, rows))
        self._carry_out()
        self.advance()

    def _sign(self, chat_id: str | None, *, typing: bool = False) -> Sign:
        operator = self._session.operator if self._session else ""
        return Sign(f"{self._gateway.name}:{self._number}", operator, chat_id, typing)

    # Ending.

    def _end(self, code: CloseCode, reason: str) -> None:
        """Send the close frame behind what still waits, and give the client a while to read it."""
        self._leave()
        if self._wire.is_open:
            self._gateway.metrics.closes.labels(str(int(code))).inc()
            self._wire.close(code, reason)
        if code is CloseCode.TOO_MANY:
            self._wire.stop_parsing()
        self._wire.abort_after(_PATIENCE.get(code, CLOSE_WITHIN))

    def _leave(self) -> None:
        if self._admitted is None:
            return
        sign, admitted, self._admitted = self.sign, self._admitted, None
        self._gateway.relay.leave(self)
        self._gateway.door.crowd.leave(admitted.caller.digest, admitted.address)
        if sign is not None:
            self._gateway.signals.note(self, self._sign(None))
        self._session = None

    def _spawn(self, work: Any) -> None:
        task = self._gateway.loop.create_task(work)
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)

    def _now(self) -> float:
        return self._gateway.loop.time()
