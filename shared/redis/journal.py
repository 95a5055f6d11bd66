r"""The format of events on the pub/sub channel: published by commits, relayed by gateways.

A publication is `<epoch> <seq> <accepted>\n<event JSON>`: with the first line a gateway can keep its position
and measure without parsing JSON. `seq` is `-` for events outside the journal (canary, presence); `accepted`
(Unix seconds when ingest took the webhook) may be empty.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Publication:
    """One event on the channel. `seq` is None outside the journal; `event` is ready JSON."""

    epoch: str
    seq: int | None
    accepted: float | None
    event: bytes


@dataclass(frozen=True, slots=True)
class JournalPosition:
    """A position in the journal: events up to and including `seq` of `epoch` have been read."""

    epoch: str
    seq: int


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
