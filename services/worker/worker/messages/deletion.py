"""A deleted message: how Avito says it, and what is left of the message. Pure.

Avito says it by the type, or by a text, DELETED_TEXT, under the id of the message or under a new one. A buyer
may also type exactly these words. So a webhook with them is only a notice, upon which the thread is read at
Avito, and `settle` decides by what is there. docs/architecture.md ("A deleted message") follows every way.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from worker.messages.message import Message

DELETED = "deleted"
"""The type of a deleted message."""
DELETED_TEXT = "Сообщение удалено"
LISTED_WITHIN_S = 60.0
"""Avito's lists may lack what we sent lately, so until then it is not gone."""
DELETION_WORDS = "deletion-words"
"""Stands for the fingerprint of these words. One id with these and with other words is a deletion."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A webhook said that this author deleted something, at this time (Unix s)."""

    author_id: int
    created: float

    def may_mean(self, message: Message) -> bool:
        """Tell whether it may be this message that was deleted."""
        return message.author_id == self.author_id and message.created <= self.created


@dataclass(frozen=True, slots=True)
class Settled:
    """A list of Avito's as it is to be committed, and messages that it lacks because they were deleted."""

    listed: tuple[Message, ...]
    lost: tuple[Message, ...] = ()


def says_deleted(kind: str, content: dict[str, Any]) -> bool:
    """Tell whether a message has the words by which Avito says that one was deleted."""
    text = content.get("text")
    return kind == "text" and isinstance(text, str) and " ".join(text.split()) == DELETED_TEXT


def as_deleted(message: Message) -> Message:
    """Return what is left of a message: who wrote it, and when."""
    return replace(
        message, type=DELETED, content=b"{}", content_fp="", quote=b"null", quote_fp="", deleted=True
    )


def _announcement(message: Message) -> Message:
    """Return what a row is that only tells of a deletion: Avito's, so it ends no waiting."""
    return replace(as_deleted(message), direction="system", notice="")


def has_words(message: Message) -> bool:
    """Tell whether it says DELETED_TEXT, whatever that means there."""
    return message.content_fp == DELETION_WORDS


def settle(
    listed: Sequence[Message], held: Sequence[Message], *, complete: bool, notice: Notice | None = None
) -> Settled:
    """Find out what these words mean in a list of Avito's, which begins with the oldest.

    `held`: what we hold of the thread since its oldest message; `complete`: it begins with the first one.
    The words under a new id announce a deletion where a message of the same author is newly deleted, or gone,
    one for each; or where they are ours. Otherwise they were typed. Where a tariff hid the words until now,
    it may be deleted since longer. A message that is gone is deleted if these words or the `notice` tell of
    it.
    """
    known = {message.id: message for message in held}
    there = {message.id for message in listed}
    deleted = [message for message in listed if message.deleted]
    new = [m for m in deleted if not (m.id in known and known[m.id].deleted)]
    asof = max((message.asof for message in listed), default=0.0)
    gone = _gone(listed, held, there, asof, complete=complete)
    unexplained, all_deleted = _by_author([*new, *gone]), _by_author(deleted)
    explained = [message for message in gone if notice and notice.may_mean(message)]
    words = [m for m in listed if has_words(m) and (m.id not in known or known[m.id].doubtful)]
    announcing: set[str] = set()
    for message in sorted(words, key=lambda m: m.id in known):  # hidden ones last, they may tell of older
        its = _until(unexplained.get(message.author_id, []), message)
        if its:
            explained.append(unexplained[message.author_id].pop(its - 1))
        elif message.id in known:
            its = _until(all_deleted.get(message.author_id, []), message)
        if its or message.direction == "out":
            announcing.add(message.id)
    settled = tuple(_announcement(m) if m.id in announcing else m for m in listed)
    lost = {m.id: replace(as_deleted(m), asof=asof) for m in explained if m.id not in there}
    return Settled(settled, tuple(lost.values()))


def _by_author(messages: Iterable[Message]) -> dict[int, list[Message]]:
    found: dict[int, list[Message]] = {}
    for message in sorted(messages, key=_created):
        found.setdefault(message.author_id, []).append(message)
    return found


def _until(its_author: Sequence[Message], words: Message) -> int:
    """Return how many of an author's messages, the oldest first, these words may say were deleted."""
    return bisect_right(its_author, words.created, key=_created)


def _created(message: Message) -> float:
    return message.created


def _gone(
    listed: Sequence[Message], held: Sequence[Message], there: set[str], asof: float, *, complete: bool
) -> list[Message]:
    """Return held messages that ought to be in the list and are not; a list of strangers proves nothing."""

    def is_due(message: Message) -> bool:
        return message.direction != "out" or message.created < asof - LISTED_WITHIN_S

    is_ours = any(message.id in there for message in held) or all(map(has_words, listed))
    if not listed or not is_ours:
        return []
    since = listed[0].created
    missing = [m for m in held if m.id not in there and not m.deleted and is_due(m)]
    return [m for m in missing if complete or m.created > since]
