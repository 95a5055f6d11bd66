"""Which chats a sweep reads, which it leaves, and when a quiet thread is read again. Pure."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from worker.avito.chats import ChatListing
from worker.sync.sweep.marks import Mark, listed_as

IMPORTED_CHATS = 300
ACTIVE_S = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What one sweep has to do, the most recently updated chats first.

    `read`: chats whose messages are to be read; `facts`: chats of which only buyer or item changed;
    `waiting`: chats that the first import will read.
    """

    read: tuple[ChatListing, ...]
    facts: tuple[ChatListing, ...]
    waiting: tuple[ChatListing, ...]


def plan(
    listed: Iterable[ChatListing],
    marks: Mapping[str, Mark],
    *,
    recheck: Collection[str] = (),
    to_import: Collection[str] = (),
    import_began: float = 0.0,
) -> Plan:
    """Compare a list with the marks; a chat that changed after the import began does not wait for it."""
    read, facts, waiting = [], [], []
    for chat in newest_first(listed):
        mark = marks.get(chat.chat_id)
        if mark is not None and mark.listed == listed_as(chat) and chat.chat_id not in recheck:
            if mark.facts != chat.facts.fingerprint and mark.read_at:
                facts.append(chat)
        elif chat.chat_id in to_import and chat.updated <= import_began and chat.chat_id not in recheck:
            waiting.append(chat)
        else:
            read.append(chat)
    return Plan(tuple(read), tuple(facts), tuple(waiting))


def first_import(
    listed: Iterable[ChatListing], now: float
) -> tuple[tuple[ChatListing, ...], tuple[ChatListing, ...]]:
    """Split a first list: the newest 300 chats of 30 days to import, the others to take as they are."""
    ordered = newest_first(listed)
    active = [chat for chat in ordered if chat.updated >= now - ACTIVE_S]
    chosen = active[:IMPORTED_CHATS]
    return tuple(chosen), tuple(ordered[len(chosen) :])


def due_again(marks: Mapping[str, Mark], now: float, day_s: float) -> list[str]:
    """Return the active threads whose turn of this day has come, those read longest ago first.

    A time of reading in the future comes from a clock that has been set back since, so it does not count.
    """

    def is_due(chat_id: str, mark: Mark) -> bool:
        return mark.read_at > now or mark.read_at < last_turn(chat_id, now, day_s)

    due = [
        (mark.read_at, chat_id)
        for chat_id, mark in marks.items()
        if mark.read_at and mark.updated >= now - ACTIVE_S and is_due(chat_id, mark)
    ]
    return [chat_id for _, chat_id in sorted(due)]


def last_turn(chat_id: str, now: float, day_s: float) -> float:
    """Return when a chat's own moment of the day last was."""
    share = int.from_bytes(hashlib.blake2b(chat_id.encode(), digest_size=4).digest()) / 2**32
    phase = share * day_s
    return (now - phase) // day_s * day_s + phase


def newest_first(listed: Iterable[ChatListing]) -> list[ChatListing]:
    """Order chats, since Avito promises no order. A chat that is listed twice counts once, as seen last."""
    once = {chat.chat_id: chat for chat in listed}
    return sorted(once.values(), key=lambda chat: (-chat.updated, chat.chat_id))
