"""Reads one message, which is the same in webhooks and in lists, and the order of a page. Pure."""

from dataclasses import replace
from itertools import groupby, pairwise
from typing import Any

from worker.messages.deletion import DELETED, DELETION_WORDS, says_deleted
from worker.messages.direction import read_direction
from worker.messages.fields import (
    UNKNOWN,
    field,
    keep_json,
    read_content,
    read_id,
    read_kind,
    read_time,
    whole_number,
)
from worker.messages.kinds import digest, fingerprint, kind_of
from worker.messages.message import Direction, Message, Unreadable

_SOMEBODY = -1
_CHAT_TYPES = ("u2i", "u2u", "a2u")
_NEVER_EMPTY = ("image", "voice", "link", "item", "location", UNKNOWN)


def read_message(
    value: dict[str, Any], account_id: int, chat_id: str, *, asof: float = 0.0, otherwise: float | None = None
) -> Message:
    """Understand one message. `asof`: when the API said so, 0 for a webhook. Raises Unreadable, nothing else.

    `otherwise`: the time of a message that has none itself (Unix s); without it such a message is refused.
    """
    message_id = read_id(field(value, "id"), "id")
    content, dumped = keep_json(read_content(value))
    kind = read_kind(value, content)
    author_id = _author(value, kind, account_id)
    direction, notice = read_direction(kind, author_id, account_id, content)
    created = read_time(field(value, "created"))
    if created is None and otherwise is None:
        raise Unreadable("created is not a time")
    deleted, words = kind == DELETED, says_deleted(kind, content)
    quote = value.get("quote")
    quote, quoted = keep_json(None if deleted or not isinstance(quote, dict) else quote)
    return Message(
        account_id=account_id,
        chat_id=chat_id,
        id=message_id,
        author_id=max(0, author_id),
        created=(otherwise or 0.0) if created is None else created,
        type=DELETED if deleted else kind,
        direction=direction,
        content=b"{}" if deleted else dumped,
        content_fp=DELETION_WORDS if words else fingerprint(kind, {} if deleted else content),
        notice=notice,
        quote=quoted,
        quote_fp=digest(str(quote.get("id")).encode()) if quote else "",
        read=_is_read(value, direction, notice),
        deleted=deleted,
        announces_deletion=words and not asof,
        bot=bool(content.get("flow_id")),
        answered_call=kind_of(kind).is_call_taken(content),
        asof=asof,
        chat_type=chat_type if (chat_type := field(value, "chat_type")) in _CHAT_TYPES else "",
        doubtful=created is None or _is_empty(kind, content),
    )


def rank_ties(newest_first: list[Message], *, complete: bool) -> list[Message]:
    """Give messages of the same second their rank (0 oldest) from the order of Avito's page.

    The oldest group of an incomplete page gets none: part of it may be on the next page.
    Returns oldest first. A page whose order is not by time is not trusted with ranks.
    """
    oldest_first = newest_first[::-1]
    if any(a.created > b.created for a, b in pairwise(oldest_first)):
        return sorted(oldest_first, key=lambda message: (message.created, message.id))
    ranked: list[Message] = []
    for number, (_, group) in enumerate(groupby(oldest_first, key=lambda message: message.created)):
        tied = list(group)
        whole = complete or number > 0
        ranked += [replace(m, rank=rank) for rank, m in enumerate(tied)] if len(tied) > 1 and whole else tied
    return ranked


def _author(value: dict[str, Any], kind: str, account_id: int) -> int:
    """Return who wrote it; a buyer without a number, known by the direction alone, is _SOMEBODY."""
    author_id = whole_number(field(value, "author_id"))
    if author_id is not None:
        return author_id
    if kind_of(kind).direction:
        return 0
    match value.get("direction"):
        case "in":
            return _SOMEBODY
        case "out":
            return account_id
    raise Unreadable("author_id is not a number")


def _is_empty(kind: str, content: dict[str, Any]) -> bool:
    """Tell whether a message lacks what one of its kind always has."""
    if kind == "text":
        return not content.get("text")
    return kind in _NEVER_EMPTY and all(part is None for part in content.values())


def _is_read(value: dict[str, Any], direction: Direction, notice: str) -> bool:
    """Tell whether the other side has read it: the buyer our message (`read`), we the buyer's, or a lead."""
    if direction == "out":
        return isinstance(value.get("read"), int | float) and bool(value["read"])
    if direction == "system" and notice != "lead":
        return False
    return bool(value.get("isRead") or value.get("is_read"))
