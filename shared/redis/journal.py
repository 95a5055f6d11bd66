r"""What goes over the pub/sub channel and the journal: published by commits, relayed by gateways.

A publication is `<epoch> <seq> <accepted>\n<event JSON>`: the first line lets a gateway keep its place and
measure without parsing; `seq` is `-` for what is not in the journal (canary, presence) and `accepted`
(Unix seconds when ingest took the webhook) may be empty.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Publication:
    """One event on the channel. `seq` is None for what is not journaled; `event` is ready JSON."""

    epoch: str
    seq: int | None
    accepted: float | None
    event: bytes


@dataclass(frozen=True, slots=True)
class JournalPosition:
    """A place in the journal: events up to and including `seq` of `epoch` have been seen."""

    epoch: str
    seq: int


def write(publication: Publication) -> bytes:
    """Return the bytes to publish."""
    seq = "-" if publication.seq is None else publication.seq
    accepted = "" if publication.accepted is None else repr(publication.accepted)
    return f"{publication.epoch} {seq} {accepted}\n".encode() + publication.event


def read(data: bytes) -> Publication:
    """Parse what was published. Raises ValueError for anything else."""
    head, separator, event = data.partition(b"\n")
    words = head.decode().split(" ")
    if not separator or len(words) != 3:
        raise ValueError("not a publication")
    epoch, seq, accepted = words
    return Publication(epoch, None if seq == "-" else int(seq), float(accepted) if accepted else None, event)
