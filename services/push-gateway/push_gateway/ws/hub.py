"""The live clients and the events they get. Knows no socket, clock or Redis.

The hub is at one position in the journal; every live member has been sent exactly the events up to it.
A client at another position is fed from the ring of recent frames, or from the journal, until it is level.
"""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Generic, TypeVar

from shared.redis.journal import NOWHERE, JournalPosition, Publication

Member = TypeVar("Member")


class Continuity(Enum):
    """How a publication relates to the hub's position."""

    NEXT = auto()
    KNOWN = auto()
    GAP = auto()
    OTHER_EPOCH = auto()


@dataclass(frozen=True, slots=True)
class Chunk:
    """Frames joined for one write; `seq` is the position after them."""

    frames: bytes
    seq: int


@dataclass(frozen=True, slots=True)
class Broadcast(Generic[Member]):
    """One write for all: `data` for each of `members`, and for `late` ones the frames since they joined."""

    data: bytes
    members: set[Member]
    late: list[tuple[Member, bytes]]
    accepted: list[float]


@dataclass(slots=True)
class Ring:
    """Recent frames by seq without gaps, bounded in count and bytes; the oldest go first."""

    max_frames: int = 20_000
    max_bytes: int = 16 * 1024 * 1024
    oldest: int = field(default=1, init=False)
    size: int = field(default=0, init=False)
    _frames: dict[int, tuple[bytes, float | None]] = field(default_factory=dict, init=False)

    def add(self, seq: int, frame: bytes, accepted: float | None) -> None:
        """Add the frame that follows the newest."""
        if not self._frames:
            self.oldest = seq
        self._frames[seq] = (frame, accepted)
        self.size += len(frame)
        while len(self._frames) > self.max_frames or self.size > self.max_bytes:
            gone, _ = self._frames.pop(self.oldest)
            self.size -= len(gone)
            self.oldest += 1

    def after(self, seq: int, max_bytes: int) -> Chunk | None:
        """Return the frames that follow `seq`, at least one; None: only the journal has them."""
        frames: list[bytes] = []
        total = 0
        while total < max_bytes and (held := self._frames.get(seq + 1)) is not None:
            frames.append(held[0])
            total += len(held[0])
            seq += 1
        return Chunk(b"".join(frames), seq) if frames else None

    def accepted(self, seq: int) -> float | None:
        """Return when ingest accepted the webhook of this event, if that is known."""
        held = self._frames.get(seq)
        return held[1] if held else None

    def clear(self) -> None:
        """Forget everything."""
        self._frames.clear()
        self.size = 0


class Hub(Generic[Member]):
    """The position, the ring of recent frames, and the members that are level with the position."""

    def __init__(self, ring: Ring | None = None) -> None:
        self.position = NOWHERE
        self.ring = ring or Ring()
        self.live: set[Member] = set()
        self.pending_size = 0
        """Bytes that wait for `take`."""
        self._pending: list[bytes] = []
        self._accepted: list[float] = []
        self._late: dict[Member, int] = {}

    def classify(self, publication: Publication) -> Continuity:
        """Return how a journaled event relates to the position; changes nothing."""
        if publication.epoch != self.position.epoch:
            return Continuity.OTHER_EPOCH
        seq = publication.seq
        if seq is None or seq <= self.position.seq:
            return Continuity.KNOWN
        return Continuity.NEXT if seq == self.position.seq + 1 else Continuity.GAP

    def publish(self, seq: int, frame: bytes, accepted: float | None = None) -> None:
        """Add the next event for all members. Raises ValueError when it is not the next one."""
        if seq != self.position.seq + 1:
            raise ValueError(f"event {seq} does not follow {self.position.seq}")
        self.position = JournalPosition(self.position.epoch, seq)
        self.ring.add(seq, frame, accepted)
        self.broadcast(frame)
        if accepted is not None:
            self._accepted.append(accepted)

    def broadcast(self, frame: bytes) -> None:
        """Add a frame without a position (canary, link) for all live members, in order with the events."""
        self._pending.append(frame)
        self.pending_size += len(frame)

    def take(self) -> Broadcast[Member]:
        """Return everything added since the last call, joined."""
        pending, self._pending, self.pending_size = self._pending, [], 0
        accepted, self._accepted = self._accepted, []
        late = [(member, b"".join(pending[start:])) for member, start in self._late.items()]
        members = self.live
        if self._late:
            members = members - self._late.keys()
            self._late.clear()
        return Broadcast(b"".join(pending), members, late, accepted)

    def join(self, member: Member) -> None:
        """Make a member live that has been sent everything up to the position."""
        self.live.add(member)
        if self._pending:
            self._late[member] = len(self._pending)

    def leave(self, member: Member) -> None:
        """Forget a member, live or not."""
        self.live.discard(member)
        self._late.pop(member, None)

    def restart(self, position: JournalPosition) -> None:
        """Move to a position that does not follow from the last one; no member is level with it."""
        self.position = position
        self.ring.clear()
        self._pending, self.pending_size, self._accepted = [], 0, []
        self._late.clear()
        self.live = set()
