"""One client's session: greeting, catching up, live, closed. Knows no socket, clock or Redis.

Inputs return nothing; the caller performs the `actions()` and then calls `advance()`, which goes one bounded
step further, so that a client that reads slowly is fed at its own speed. Times are seconds of any steady
clock.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from push_gateway.ws import protocol
from push_gateway.ws.allowance import Allowance, Verdict
from push_gateway.ws.hub import Hub
from push_gateway.ws.protocol import CloseCode, Facts, FeatureFrame, FrameRefusal, Shown
from shared import __version__
from shared.redis.journal import JournalPosition, JournalSlice

SILENT_AFTER = 45.0
STALLED_AFTER = 30.0
CHUNK = 64 * 1024
_TOO_MANY = FrameRefusal("too_many", "too many frames: this one and others were dropped")


class Phase(Enum):
    """The state of a session; only `_enter` changes it."""

    OPENING = auto()
    CATCHING_UP = auto()
    LIVE = auto()
    CLOSED = auto()


@dataclass(frozen=True, slots=True)
class Send:
    """Write these ready frames."""

    frames: bytes


@dataclass(frozen=True, slots=True)
class FetchJournal:
    """Read the journal after this position and hand the slice to `receive_journal`."""

    after: JournalPosition


@dataclass(frozen=True, slots=True)
class Join:
    """The client is level with the hub and gets live events from now on."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection."""

    code: CloseCode
    reason: str


Action = Send | FetchJournal | Join | FeatureFrame | Shown | Close
"""A FeatureFrame is to be handed to its feature, what was shown to be measured."""


class Session:
    """The state machine. `operator` is the caller's name, `feature_types` the frames that features take."""

    __slots__ = (
        "_actions",
        "_allowance",
        "_facts",
        "_feature_types",
        "_fetching",
        "_hub",
        "_paused_at",
        "_seq",
        "heard_at",
        "operator",
        "phase",
        "refused",
    )

    def __init__(self, hub: Hub[Any], operator: str, now: float, feature_types: Collection[str] = ()) -> None:
        self.operator = operator
        self.phase = Phase.OPENING
        self.refused = 0
        """Number of messages that were not taken."""
        self.heard_at = now
        """When the client last sent a frame."""
        self._hub = hub
        self._facts = Facts()
        self._actions: list[Action] | None = None
        self._seq = 0
        self._fetching = False
        self._paused_at: float | None = None
        self._feature_types = feature_types
        self._allowance = Allowance()

    def actions(self) -> list[Action]:
        """Return the actions to perform now, in order; each is returned once."""
        actions, self._actions = self._actions, None
        return actions or []

    def open(self, claim: JournalPosition | None, facts: Facts) -> None:
        """Greet a client that has seen everything up to `claim` (None: it is new)."""
        self._facts = facts
        head = self._hub.position
        if claim is None or claim.epoch != head.epoch:
            self._greet_anew()
        elif claim.seq == head.seq or self._hub.ring.after(claim.seq, 1) is not None:
            self._greet(claim, recovered=True)
        else:
            self._seq = claim.seq
            self._fetch()

    def receive_journal(self, part: JournalSlice) -> None:
        """Take the answer to a FetchJournal."""
        asked, self._fetching = self._fetching, False
        if not asked or self.phase in (Phase.LIVE, Phase.CLOSED):
            return
        if part.gap or part.after != self._seq or part.epoch != self._hub.position.epoch:
            self._greet_anew()
            return
        if self.phase is Phase.OPENING:
            self._greet(JournalPosition(part.epoch, part.after), recovered=True)
        if part.events:
            self._do(Send(b"".join(map(protocol.encode, part.events))))
            self._seq = part.reached.seq

    def advance(self) -> None:
        """Go one step towards the hub's position, if it is not reached."""
        if self.phase is not Phase.CATCHING_UP or self._fetching or self._paused_at is not None:
            return
        head = self._hub.position
        if self._seq == head.seq:
            self._enter(Phase.LIVE)
            self._do(Join())
        elif self._seq < head.seq:
            chunk = self._hub.ring.after(self._seq, CHUNK)
            if chunk is None:
                self._fetch()
            else:
                self._do(Send(chunk.frames))
                self._seq = chunk.seq

    def restart(self, facts: Facts) -> None:
        """The hub is at a position that does not follow: the client must read everything again."""
        self._facts = facts
        if self.phase in (Phase.CATCHING_UP, Phase.LIVE):
            self._fetching = False
            self._greet_anew()

    def receive_text(self, text: str, now: float) -> None:
        """Take one client message."""
        if self.phase is Phase.CLOSED or not self._has_allowance(len(text), now):
            return
        match protocol.read(text, self._feature_types):
            case protocol.Ping():
                self._say(protocol.PONG)
            case Shown() | FeatureFrame() as frame:
                self._do(frame)
            case FrameRefusal() as refusal:
                self.refuse(refusal)

    def refuse(self, refusal: FrameRefusal) -> None:
        """Tell the client why its frame is not taken."""
        self.refused += 1
        self._say(protocol.error(refusal))

    def receive_binary(self, size: int, now: float) -> None:
        """Refuse a binary message: this protocol has none."""
        if self.phase is not Phase.CLOSED and self._has_allowance(size, now):
            self.refuse(FrameRefusal("bad_frame", "binary frames are not understood"))

    def receive_part(self, size: int, now: float) -> None:
        """Count a frame that is no message: a part of one, or a control frame. It costs like a message."""
        if self.phase is not Phase.CLOSED:
            self._has_allowance(size, now)

    def pause(self, now: float) -> None:
        """The client does not read as fast as we write. A live one is then closed."""
        if self.phase is Phase.LIVE:
            self._close(CloseCode.TOO_SLOW, "too slow")
        elif self._paused_at is None:
            self._paused_at = now

    def resume(self) -> None:
        """The client has read enough to go on."""
        self._paused_at = None

    def tick(self, now: float) -> None:
        """Close a session that is dead or stalled."""
        if self.phase is Phase.CLOSED:
            return
        if now - self.heard_at > SILENT_AFTER:
            self._close(CloseCode.TOO_SLOW, "silent")
        elif self._paused_at is not None and now - self._paused_at > STALLED_AFTER:
            self._close(CloseCode.TOO_SLOW, "too slow")

    def close(self, code: CloseCode, reason: str) -> None:
        """Close the session for a reason from outside."""
        if self.phase is not Phase.CLOSED:
            self._close(code, reason)

    def end(self) -> None:
        """Do nothing more: the connection has ended, or is about to."""
        self._enter(Phase.CLOSED)
        self._actions = None

    def _greet_anew(self) -> None:
        self._greet(self._hub.position, recovered=False)

    def _greet(self, position: JournalPosition, *, recovered: bool) -> None:
        self._seq = position.seq
        self._say(protocol.hello(position, self._facts, self.operator, __version__, recovered=recovered))
        self._enter(Phase.CATCHING_UP)

    def _fetch(self) -> None:
        self._fetching = True
        self._do(FetchJournal(JournalPosition(self._hub.position.epoch, self._seq)))

    def _close(self, code: CloseCode, reason: str) -> None:
        self._enter(Phase.CLOSED)
        self._do(Close(code, reason))

    def _has_allowance(self, size: int, now: float) -> bool:
        """Whether a frame of this size may be taken; a flood of them ends the session."""
        self.heard_at = now
        match self._allowance.take(size, now):
            case Verdict.TAKE:
                return True
            case Verdict.WARN:
                self.refuse(_TOO_MANY)
            case Verdict.DROP:
                self.refused += 1
            case Verdict.CUT:
                self.refused += 1
                self._close(CloseCode.TOO_MANY, "too many frames")
        return False

    def _say(self, payload: bytes) -> None:
        self._do(Send(protocol.encode(payload)))

    def _do(self, action: Action) -> None:
        if self._actions is None:
            self._actions = []
        self._actions.append(action)

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
