r"""The journal's words: positions in it, parts of it, and what is published of it.

A publication is `<epoch> <seq> <accepted>\n<event JSON>`: with the first line a gateway can keep its position
and measure without parsing JSON. `seq` is `-` for events outside the journal (canary, presence); `accepted`
(Unix seconds when ingest took the webhook) may be empty.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JournalPosition:
    """A position in the journal: events up to and including `seq` of `epoch` have been read.

    As text it is `<epoch> <seq>`.
    """

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch} {self.seq}"


NOWHERE = JournalPosition("", 0)
"""The position of a reader that has not begun."""


@dataclass(frozen=True, slots=True)
class JournalSlice:
    """What follows a position in the journal, as of one instant.

    `events` (ready JSON, oldest first) follow seq `after` of `epoch` without a hole. `gap`: the journal does
    not go on from the position, since its epoch is over or events behind it were trimmed. Then there are no
    events, and `after` is the nearest seq from which the journal can be read.
    """

    epoch: str
    head: int
    """The newest seq of the journal."""
    after: int
    events: tuple[bytes, ...] = ()
    gap: bool = False

    @property
    def reached(self) -> JournalPosition:
        """The position after these events."""
        return JournalPosition(self.epoch, self.after + len(self.events))

    @property
    def newest(self) -> JournalPosition:
        """The end of the journal."""
        return JournalPosition(self.epoch, self.head)

    @property
    def more(self) -> bool:
        """Whether there are events after these."""
        return self.after + len(self.events) < self.head


@dataclass(frozen=True, slots=True)
class Publication:
    """One event on the channel. `seq` is None outside the journal; `event` is ready JSON."""

    epoch: str
    seq: int | None
    accepted: float | None
    event: bytes


def read_position(text: bytes) -> JournalPosition:
    """Parse a position. Raises ValueError for anything else."""
    epoch, _, seq = text.decode().rpartition(" ")
    return JournalPosition(epoch, int(seq))


def write(publication: Publication) -> bytes:
    """Return the bytes to publish."""
    seq = "-" if publication.seq is None else publication.seq
    accepted = "" if publication.accepted is None else repr(publication.accepted)
    return f"{publication.epoch} {seq} {accepted}\n".encode() + publication.event


def read(data: bytes) -> Publication:
    """Parse a publication. Raises ValueError for anything else."""
    head, separator, event = data.partition(b"\n")
    words = head.decode().split(" ")
    if not separator or len(words) != 3:
        raise ValueError("not a publication")
    epoch, seq, accepted = words
    return Publication(epoch, None if seq == "-" else int(seq), float(accepted) if accepted else None, event)
