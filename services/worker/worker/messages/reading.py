"""Reads what Avito sends: webhook bodies, and messages, which are the same in webhooks and in lists. Pure."""

import math
from dataclasses import replace
from itertools import groupby, pairwise
from typing import Any

import orjson

from worker.messages.deletion import DELETED, says_deleted
from worker.messages.direction import read_direction
from worker.messages.kinds import digest, fingerprint, kind_of
from worker.messages.message import Direction, Message, Unreadable

_A_DAY = 86_400.0
_CHAT_TYPES = ("u2i", "u2u", "a2u")
_LONGEST_ID = 256
_UNIX_YEAR_2000 = 946_684_800


def read_webhook(body: bytes, account_id: int, now: float) -> Message | None:
    """Understand a raw body for `account_id`; `now` in Unix seconds.

    None: Avito only tries the address, by a body that is empty, `{}` or `{"test": ...}`.

    Raises Unreadable with a reason for anything that is neither a message of this account nor a probe.
    """
    if not body.strip():
        return None
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error}") from None
    if not isinstance(data, dict):
        raise Unreadable("not a JSON object")
    if not data or "test" in data:
        return None
    value = _message_part(data, account_id)
    message = read_message(value, account_id, read_id(value.get("chat_id"), "chat_id"))
    if message.created > now + _A_DAY:
        raise Unreadable(f"created {message.created:.0f} is beyond tomorrow")
    return message


def read_message(value: dict[str, Any], account_id: int, chat_id: str, *, asof: float = 0.0) -> Message:
    """Understand one message. `asof`: when the API said so, 0 for a webhook. Raises Unreadable."""
    message_id = read_id(value.get("id"), "id")
    author_id = _whole(value.get("author_id"), "author_id")
    kind = value.get("type") or "text"
    if not isinstance(kind, str) or len(kind) > _LONGEST_ID:
        raise Unreadable("type is not a word")
    content = _content(value.get("content"))
    deleted = says_deleted(kind, content)
    kept, quote = ({}, None) if deleted else (content, value.get("quote"))
    direction, notice = read_direction(kind, author_id, account_id, content)
    return Message(
        account_id=account_id,
        chat_id=chat_id,
        id=message_id,
        author_id=author_id,
        created=_created(value.get("created")),
        type=DELETED if deleted else kind,
        direction=direction,
        content=_dump(kept),
        content_fp=fingerprint(kind, kept),
        notice=notice,
        quote=_dump(quote) if isinstance(quote, dict) else b"null",
        quote_fp=digest(str(quote.get("id")).encode()) if isinstance(quote, dict) else "",
        read=_is_read(value, direction, notice),
        deleted=deleted,
        announces_deletion=deleted and kind != DELETED and not asof,
        bot=bool(content.get("flow_id")),
        answered_call=kind_of(kind).is_call_taken(content),
        asof=asof,
        chat_type=chat_type if (chat_type := value.get("chat_type")) in _CHAT_TYPES else "",
    )


def read_id(value: Any, name: str) -> str:
    """Return an id, also a number, as text. Raises Unreadable."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise Unreadable(f"message without {name}")
    text = str(value)
    if len(text) > _LONGEST_ID:
        raise Unreadable(f"{name} is too long")
    return text


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


def _message_part(data: dict[str, Any], account_id: int) -> dict[str, Any]:
    if isinstance(data.get("message"), dict) and "payload" not in data:
        return dict(data["message"], chat_type="")
    payload = data.get("payload")
    if not isinstance(payload, dict):
        raise Unreadable("neither payload nor message in it")
    kind = payload.get("type")
    if kind != "message":
        raise Unreadable(f"unknown payload type {str(kind)[:40]!r}")
    value = payload.get("value")
    if not isinstance(value, dict):
        raise Unreadable("payload without a value")
    if value.get("user_id") != account_id:
        raise Unreadable(f"account {str(value.get('user_id'))[:24]} is not ours")
    return value


def _dump(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise Unreadable(f"content cannot be kept: {error}") from None


def _whole(value: Any, name: str) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise Unreadable(f"{name} is not a number")
    return value


def _created(value: Any) -> float:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise Unreadable("created is not a time") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Unreadable("created is not a time")
    if value < _UNIX_YEAR_2000:
        raise Unreadable(f"created {value:g} is long before Avito")
    return float(value)


def _content(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, str):
        return {"text": value}
    if not isinstance(value, dict):
        raise Unreadable("content is not an object")
    return value


def _is_read(value: dict[str, Any], direction: Direction, notice: str) -> bool:
    """Tell whether the other side has read it: the buyer our message (`read`), we the buyer's, or a lead."""
    if direction == "out":
        return isinstance(value.get("read"), int | float) and bool(value["read"])
    if direction == "system" and notice != "lead":
        return False
    return bool(value.get("isRead") or value.get("is_read"))
