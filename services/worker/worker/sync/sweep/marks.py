"""What a sweep keeps of a chat that it has verified, and how it notices a change. Pure."""

from collections.abc import Container, Mapping
from dataclasses import dataclass

import orjson

from worker.avito.chats import ChatListing
from worker.messages.message import Message


@dataclass(frozen=True, slots=True, order=True)
class ThreadPosition:
    """A position in a thread: a message, and when it was created (Unix s)."""

    created: float
    message_id: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A chat as it was verified. `listed`, `facts`: fingerprints of its row in Avito's list.

    `newest`: the newest message verified. `read_at`: when its messages were read (Unix s); 0.0: never, the
    first import left the chat as it was.
    """

    listed: str
    facts: str
    updated: float
    newest: ThreadPosition | None
    read_at: float


def listed_as(chat: ChatListing) -> str:
    """Return a fingerprint that changes with the chat's messages, as far as its row shows them."""
    last = chat.last
    shown = "" if last is None else f" {last.id} {last.deleted:d}{last.read:d}"
    return f"{chat.updated:.0f}{shown}"


def is_unchanged(chat: ChatListing, mark: Mark) -> bool:
    """Tell whether a chat's row shows no change since the chat was verified.

    A row without its last message (the tariff's advertising stands there) is compared by its time alone.
    """
    then, now = mark.listed.split(" ", 1), listed_as(chat).split(" ", 1)
    if then[0] != now[0]:
        return False
    if len(then) == len(now):
        return then == now
    return chat.last is None or (mark.newest is not None and mark.newest.message_id == chat.last.id)


def mark_unread(chat: ChatListing) -> Mark:
    """Return the mark of a chat of which only messages from now on will be read."""
    newest = (
        ThreadPosition(chat.last.created, chat.last.id) if chat.last else ThreadPosition(chat.updated, "")
    )
    return Mark(listed_as(chat), chat.facts.fingerprint, chat.updated, newest, 0.0)


def mark_read(chat: ChatListing, messages: tuple[Message, ...], before: Mark | None, read_at: float) -> Mark:
    """Return the mark of a chat whose messages (oldest first) were read at `read_at`."""
    newest = [ThreadPosition(messages[-1].created, messages[-1].id)] if messages else []
    if before and before.newest:
        newest.append(before.newest)
    return Mark(
        listed_as(chat),
        chat.facts.fingerprint,
        chat.updated,
        max(newest, key=lambda position: position.created, default=None),
        read_at,
    )


def unlisted_beyond(marks: Mapping[str, Mark], listed: Container[str], most: int) -> list[str]:
    """Return the marks of unlisted chats to drop, the oldest first, so that `most` are left.

    A chat without a mark is read like a new one; its floor says which messages are old.
    """
    unlisted = sorted((mark.updated, chat_id) for chat_id, mark in marks.items() if chat_id not in listed)
    return [chat_id for _, chat_id in unlisted[: max(0, len(marks) - most)]]


def encode(mark: Mark) -> bytes:
    """Return a mark as it is kept."""
    newest = None if mark.newest is None else [mark.newest.created, mark.newest.message_id]
    return orjson.dumps([mark.listed, mark.facts, mark.updated, newest, mark.read_at])


def decode(text: bytes) -> Mark | None:
    """Read a mark; None for anything else: the chat then counts as never verified."""
    try:
        listed, facts, updated, newest, read_at = orjson.loads(text)
        position = None if newest is None else ThreadPosition(float(newest[0]), str(newest[1]))
        return Mark(str(listed), str(facts), float(updated), position, float(read_at))
    except (ValueError, TypeError, LookupError):
        return None
