"""What a sweep remembers of a chat it has verified, and how it tells that there may be news. Pure."""

from collections.abc import Container, Mapping
from dataclasses import dataclass

import orjson

from worker.avito.chats import ChatListing
from worker.messages.message import Message


@dataclass(frozen=True, slots=True, order=True)
class ThreadPosition:
    """A place in a thread: `created` (Unix s) and the message that stands there."""

    created: float
    message_id: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A chat as it was verified. `listed`, `facts`: fingerprints of its row in Avito's list.

    `newest`: the newest message verified. `read_at`: when its messages were read (Unix s), 0.0: never, it
    was taken as it stood at the first start.
    """

    listed: str
    facts: str
    updated: float
    newest: ThreadPosition | None
    read_at: float


def listed_as(chat: ChatListing) -> str:
    """Tell whether the messages of a chat may have changed; a deletion of the last one shows too."""
    last = chat.last
    shown = "" if last is None else f" {last.id} {last.deleted:d}{last.read:d}"
    return f"{chat.updated:.0f}{shown}"


def as_it_stands(chat: ChatListing) -> Mark:
    """Return the mark of a chat whose past is left alone: only what comes from here on will be read."""
    newest = (
        ThreadPosition(chat.last.created, chat.last.id) if chat.last else ThreadPosition(chat.updated, "")
    )
    return Mark(listed_as(chat), chat.facts.fingerprint, chat.updated, newest, 0.0)


def as_read(chat: ChatListing, messages: tuple[Message, ...], before: Mark | None, read_at: float) -> Mark:
    """Return the mark of a chat whose messages (oldest first) were read at `read_at`."""
    newest = [ThreadPosition(messages[-1].created, messages[-1].id)] if messages else []
    if before and before.newest:
        newest.append(before.newest)
    return Mark(
        listed_as(chat),
        chat.facts.fingerprint,
        chat.updated,
        max(newest, key=lambda place: place.created, default=None),
        read_at,
    )


def unlisted_beyond(marks: Mapping[str, Mark], listed: Container[str], most: int) -> list[str]:
    """Return which marks to forget so that no more than `most` are left, as far as their chats are unlisted.

    A chat without a mark is read back like a new one; its floor tells what is old (shared/redis/keys.py).
    """
    unlisted = sorted((mark.updated, chat_id) for chat_id, mark in marks.items() if chat_id not in listed)
    return [chat_id for _, chat_id in unlisted[: max(0, len(marks) - most)]]


def encode(mark: Mark) -> bytes:
    """Write a mark down."""
    newest = None if mark.newest is None else [mark.newest.created, mark.newest.message_id]
    return orjson.dumps([mark.listed, mark.facts, mark.updated, newest, mark.read_at])


def decode(text: bytes) -> Mark | None:
    """Read a mark; None for anything else, then the chat counts as never verified."""
    try:
        listed, facts, updated, newest, read_at = orjson.loads(text)
        place = None if newest is None else ThreadPosition(float(newest[0]), str(newest[1]))
        return Mark(str(listed), str(facts), float(updated), place, float(read_at))
    except (ValueError, TypeError, LookupError):
        return None
