"""Who is connected and who gets what. Knows no socket, clock or Redis.

The hub stands at one position in the journal; every live member has been given exactly the events up to it.
Whoever stands elsewhere is fed from the ring of recent frames, or from the journal, until level.
"""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Generic, TypeVar

from shared.wires.events import JournalPosition, Publication

Member = TypeVar("Member")

NOWHERE = JournalPosition("", 0)


class Continuity(Enum):
    """What a publication is to a hub at its position."""

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
    """One write for all: `data` to each of `members`, and to late ones what came after they joined."""

    data: bytes
    members: set[Member]
    late: list[tuple[Member, bytes]]
    accepted: list[float]


@dataclass(slots=True)
class Ring:
    """Recent frames by seq without holes, bounded in count and bytes; the oldest go first."""

    max_frames: int = 20_000
    max_bytes: int = 16 * 1024 * 1024
    oldest: int = field(default=1, init=False)
    size: int = field(default=0, init=False)
    _frames: dict[int, tuple[bytes, float | None]] = field(default_factory=dict, init=False)

    def add(self, seq: int, frame: bytes, accepted: float | None) -> None:
        """Take the frame that follows the newest."""
        if not self._frames:
            self.oldest = seq
        self._frames[seq] = (frame, accepted)
        self.size += len(frame)
        while len(self._frames) > self.max_frames or self.size > self.max_bytes:
            gone, _ = self._frames.pop(self.oldest)
            self.size -= len(gone)
            self.oldest += 1

    def after(self, seq: int, max_bytes: int) -> Chunk | None:
        """Return what follows `seq`, at least one frame; None when that is not held."""
        frames: list[bytes] = []
        total = 0
        while total < max_bytes and (held := self._frames.get(seq + 1)) is not None:
            frames.append(held[0])
            total += len(held[0])
            seq += 1
        return Chunk(b"".join(frames), seq) if frames else None

    def accepted(self, seq: int) -> float | None:
        """Return when ingest took the webhook of this event, if that is known and held."""
        held = self._frames.get(seq)
        return held[1] if held else None

    def clear(self) -> None:
        """Forget everything."""
        self._frames.clear()
        self.size = 0


class Hub(Generic[Member]):
    """The position, the ring and the members that are level with the position."""

    def __init__(self, ring: Ring | None = None) -> None:
        self.position = NOWHERE
        self.ring = ring or Ring()
        self.live: set[Member] = set()
        self._pending: list[bytes] = []
        self._pending_size = 0
        self._accepted: list[float] = []
        self._late: dict[Member, int] = {}

    @property
    def pending_size(self) -> int:
        """Bytes that wait for `take`."""
        return self._pending_size

    def judge(self, publication: Publication) -> Continuity:
        """Say what to do with a journaled event; nothing is changed."""
        if publication.epoch != self.position.epoch:
            return Continuity.OTHER_EPOCH
        seq = publication.seq
        if seq is None or seq <= self.position.seq:
            return Continuity.KNOWN
        return Continuity.NEXT if seq == self.position.seq + 1 else Continuity.GAP

    def publish(self, seq: int, frame: bytes, accepted: float | None = None) -> None:
        """Take the next event for everybody. Raises ValueError when it is not the next one."""
        if seq != self.position.seq + 1:
            raise ValueError(f"event {seq} does not follow {self.position.seq}")
        self.position = JournalPosition(self.position.epoch, seq)
        self.ring.add(seq, frame, accepted)
        self._append(frame)
        if accepted is not None:
            self._accepted.append(accepted)

    def tell(self, frame: bytes) -> None:
        """Send a frame that has no position (canary, link) to all live members, in order with the events."""
        self._append(frame)

    def _append(self, frame: bytes) -> None:
        self._pending.append(frame)
        self._pending_size += len(frame)

    def take(self) -> Broadcast[Member]:
        """Hand out all that was published since the last time, joined."""
        pending, self._pending, self._pending_size = self._pending, [], 0
        accepted, self._accepted = self._accepted, []
        late = [(member, b"".join(pending[start:])) for member, start in self._late.items()]
        members = self.live
        if self._late:
            members = members - self._late.keys()
            self._late.clear()
        return Broadcast(b"".join(pending), members, late, accepted)

    def join(self, member: Member) -> None:
        """Make a member live that has been given everything up to the position."""
        self.live.add(member)
        if self._pending:
            self._late[member] = len(self._pending)

    def leave(self, member: Member) -> None:
        """Forget a member, wherever it stands."""
        self.live.discard(member)
        self._late.pop(member, None)

    def after(self, seq: int, max_bytes: int) -> Chunk | None:
        """Return what follows `seq` from the ring, or None: then only the journal knows."""
        return self.ring.after(seq, max_bytes)

    def restart(self, position: JournalPosition) -> None:
        """Stand at a position that does not follow from the last; nobody is level with it."""
        self.position = position
        self.ring.clear()
        self._pending, self._pending_size, self._accepted = [], 0, []
        self._late.clear()
        self.live = set()
