"""One admitted client: what it sends goes to its session, and what that decides is carried out."""

from collections.abc import Callable, Coroutine
from typing import Any

from websockets.frames import Frame

from push_gateway.auth.access import Admitted
from push_gateway.ws.frames import FrameTransport
from push_gateway.ws.protocol import CloseCode, Facts, FeatureFrame, Shown
from push_gateway.ws.session import Action, Close, FetchJournal, Join, Phase, Send, Session
from push_gateway.ws.sockets import Sockets
from shared.redis.journal import JournalPosition

BOUND = 1024 * 1024
"""Bytes that may wait for one live client; with more its connection is closed with 4408."""
_CATCH_UP_BOUND = 128 * 1024

Spawn = Callable[[Coroutine[Any, Any, None]], None]
End = Callable[[CloseCode, str], None]


class AdmittedClient:
    """A client in the relay, until it leaves. `spawn` starts work for it, `end` closes its connection."""

    __slots__ = ("_end", "_frames", "_session", "_sockets", "_spawn", "admitted", "id", "write")
    write: Callable[[bytes], None]
    """Writes ready frames: the transport's own method, since this is the most frequent call."""

    def __init__(
        self, admitted: Admitted, frames: FrameTransport, sockets: Sockets, *, spawn: Spawn, end: End
    ) -> None:
        self.admitted = admitted
        self.id = sockets.next_id()
        self.write = frames.transport.write
        self._frames = frames
        self._sockets = sockets
        self._spawn = spawn
        self._end = end
        operator, feature_types = admitted.caller.operator, sockets.takers.keys()
        self._session = Session(sockets.relay.hub, operator, self._now(), feature_types)

    @property
    def heard_at(self) -> float:
        """When a frame of the client last came."""
        return self._session.heard_at

    def open(self, claim: JournalPosition | None) -> None:
        """Enter the relay and greet the client, which says that it has seen everything up to `claim`."""
        self._frames.transport.set_write_buffer_limits(high=_CATCH_UP_BOUND)
        self._sockets.relay.enter(self)
        self._session.open(claim, self._sockets.relay.facts)
        self._carry_out()

    def leave(self) -> None:
        """Leave the relay; nothing more is written."""
        self._session.end()
        self._sockets.relay.leave(self)
        for feature in self._sockets.features:
            feature.forget(self)

    # What the connection tells.

    def take_frame(self, frame: Frame) -> None:
        """Take a frame that the client has sent."""
        session, metrics, now = self._session, self._sockets.metrics, self._now()
        before = session.refused
        message = self._frames.message(frame)
        metrics.frames_received.inc()
        if message is None:
            session.receive_part(len(frame.data), now)
        elif isinstance(message, str):
            session.receive_text(message, now)
        else:
            session.receive_binary(len(message), now)
        self._carry_out()
        metrics.bad_frames.inc(session.refused - before)

    def pause(self) -> None:
        """Note that more bytes wait than may."""
        self._session.pause(self._now())
        if self._session.phase is Phase.CLOSED:
            self._sockets.loop.call_soon(self._carry_out)  # not during a broadcast

    def resume(self) -> None:
        """Go on: the client has read enough."""
        self._session.resume()
        self.advance()

    # What the relay and the sockets' periodic tasks call.

    def advance(self) -> None:
        """Go on catching up as far as the client reads."""
        self._session.advance()
        self._carry_out()

    def restart(self, facts: Facts) -> None:
        """Greet the client anew at a position that does not follow."""
        self._session.restart(facts)
        self._carry_out()

    def tick(self, now: float) -> None:
        """Let time pass."""
        self._session.tick(now)
        self._carry_out()

    def close(self, code: CloseCode, reason: str) -> None:
        """End the session."""
        self._session.close(code, reason)
        self._carry_out()

    # What the session decides.

    def _carry_out(self) -> None:
        while actions := self._session.actions():
            for action in actions:
                self._perform(action)
            self._session.advance()

    def _perform(self, action: Action) -> None:
        sockets = self._sockets
        match action:
            case Send(frames):
                self.write(frames)
            case Join():
                for feature in sockets.features:
                    self.write(feature.greeting())
                self._frames.transport.set_write_buffer_limits(high=BOUND)
                sockets.relay.join(self)
            case FetchJournal(after):
                self._spawn(self._fetch(after))
            case FeatureFrame() as frame:
                if refusal := sockets.takers[frame.type].take_frame(self, frame):
                    self._session.refuse(refusal)
            case Shown(seq):
                sockets.note_drawn(seq)
            case Close(code, reason):
                self._end(code, reason)

    async def _fetch(self, after: JournalPosition) -> None:
        self._session.receive_journal(await self._sockets.read_journal(after))
        self._carry_out()
        self.advance()

    def _now(self) -> float:
        return self._sockets.loop.time()
