"""Which chats a sweep reads, which it leaves, and when a quiet thread is read again. Pure."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from worker.avito.chats import ChatListing
from worker.sync.sweep.marks import Mark, is_unchanged

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
        if chat.chat_id in recheck:
            read.append(chat)
        elif chat.chat_id in to_import and chat.updated <= import_began:
            waiting.append(chat)
        elif mark is None or not is_unchanged(chat, mark):
            read.append(chat)
        elif mark.facts != chat.facts.fingerprint and mark.read_at:
            facts.append(chat)
    return Plan(tuple(read), tuple(facts), tuple(waiting))


def first_import(
    listed: Iterable[ChatListing], marks: Mapping[str, Mark], began: float
) -> tuple[list[ChatListing], list[ChatListing]]:
    """Split listed chats that were never read: those of 30 days to import, the others to leave as they are.

    A chat whose time Avito does not tell may be active, so it is imported. One that changed after the import
    began is neither: a sweep reads it at once.
    """
    chosen, left = [], []
    for chat in newest_first(listed):
        mark = marks.get(chat.chat_id)
        if chat.updated > began or (mark is not None and mark.read_at):
            continue
        if not chat.updated or chat.updated >= began - ACTIVE_S:
            chosen.append(chat)
        elif mark is None:
            left.append(chat)
    return chosen, left


def waiting_first(chats: Iterable[ChatListing]) -> list[ChatListing]:
    """Order chats for the first import: those whose buyer waits for an answer, then the others."""
    return sorted(newest_first(chats), key=lambda chat: not chat.waits)


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
