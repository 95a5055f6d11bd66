"""Reads a thread at Avito, from its newest message back to a known one, with ties in Avito's order."""

from collections.abc import Iterable
from dataclasses import dataclass

from worker.avito.client import AvitoClient
from worker.avito.requests import MAX_LIMIT, MAX_OFFSET
from worker.messages.message import Message
from worker.sync.sweep.marks import ThreadPosition


@dataclass(frozen=True, slots=True)
class ReadRange:
    """How far back to read: to the message at `until`, past `since` (Unix s), or until there are `most`."""

    until: ThreadPosition | None
    since: float
    most: int


@dataclass(frozen=True, slots=True)
class ReadThread:
    """The messages read, oldest first. `skipped`: rows that could not be read."""

    messages: tuple[Message, ...]
    skipped: int


async def read_back(
    client: AvitoClient, chat_id: str, span: ReadRange, *, page_size: int = MAX_LIMIT
) -> ReadThread:
    """Read from the newest message back over `span`, whole pages. Raises AvitoError.

    Each next page begins with the whole second in which the page before ended, so that one page gives the
    ranks of ties on the border, and messages that arrive meanwhile only make the pages overlap. Where Avito
    gives a page out of order, the pages are read to the last one; a page that brings nothing new is the last.
    """
    known: dict[str, Message] = {}
    offset = skipped = 0
    ordered = True
    while True:
        page = await client.messages(chat_id, limit=page_size, offset=offset)
        skipped += page.skipped
        ordered = ordered and page.ordered
        held = len(known)
        for message in page.messages:
            if message.id not in known or known[message.id].rank is None:
                known[message.id] = message
        is_enough = ordered and (len(known) >= span.most or reached(page.messages, span))
        if not page.more or offset >= MAX_OFFSET or len(known) == held or is_enough:
            return ReadThread(tuple(in_order(known.values())), skipped)
        offset = min(MAX_OFFSET, offset + page.rows - _border(page.messages))


def reached(page: Iterable[Message], span: ReadRange) -> bool:
    """Tell whether a page reaches the end of the span."""
    until = span.until
    return any(
        message.created < span.since
        or (until is not None and (message.id == until.message_id or message.created < until.created))
        for message in page
    )


def in_order(messages: Iterable[Message]) -> list[Message]:
    """Order as Avito does: by second, then by rank in its page."""
    return sorted(messages, key=lambda m: (m.created, 1_000 if m.rank is None else m.rank, m.id))


def _border(page: tuple[Message, ...]) -> int:
    """How many messages share the oldest second, 0 when that is the whole page."""
    oldest = page[0].created if page else 0.0
    tied = sum(message.created == oldest for message in page)
    return tied if tied < len(page) else 0
