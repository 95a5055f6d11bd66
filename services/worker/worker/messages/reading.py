"""Reads Avito's message objects, the same in webhooks, history and lists. Pure."""

import hashlib
import math
from dataclasses import replace
from itertools import groupby, pairwise
from typing import Any

import orjson

from worker.messages.message import Direction, Message, Unreadable
from worker.messages.tariff import is_tariff_stub

DELETED_TEXT = "Сообщение удалено"
_SYSTEM_AUTHORS = range(11)
_LONGEST_ID = 256
_UNIX_YEAR_2000 = 946_684_800


def read_message(value: dict[str, Any], account_id: int, chat_id: str, *, asof: float = 0.0) -> Message:
    """Understand one message. `asof`: when the API said so, 0 for a webhook. Raises Unreadable."""
    message_id = _text_id(value.get("id"), "id")
    if len(chat_id) > _LONGEST_ID:
        raise Unreadable("chat_id is too long")
    author_id = _whole(value.get("author_id"), "author_id")
    kind = value.get("type") or "text"
    if not isinstance(kind, str) or len(kind) > _LONGEST_ID:
        raise Unreadable("type is not a word")
    content = _content(value.get("content"))
    deleted = kind == "deleted" or _says_deleted(kind, content)
    direction = _direction(kind, author_id, account_id)
    quote = value.get("quote")
    return Message(
        account_id=account_id,
        chat_id=chat_id,
        id=message_id,
        author_id=author_id,
        created=_created(value.get("created")),
        type="deleted" if deleted else kind,
        direction=direction,
        content=b"{}" if deleted else _dump(content),
        content_fp="" if deleted else fingerprint(kind, content),
        quote=_dump(quote) if isinstance(quote, dict) and not deleted else b"null",
        quote_fp=_digest(str(quote.get("id"))) if isinstance(quote, dict) and not deleted else "",
        read=_is_read(value, direction),
        deleted=deleted,
        notice=deleted and kind != "deleted" and not asof,
        bot=bool(content.get("flow_id")),
        answered_call=_is_answered_call(kind, content),
        asof=asof,
    )


def fingerprint(kind: str, content: dict[str, Any]) -> str:
    """Tell real content apart, '' for none. Pictures are told by size keys: their URLs move."""
    real = {name: value for name, value in content.items() if value is not None}
    if not real or _is_stub(kind, real):
        return ""
    sizes = _sizes(real)
    if kind == "image" and sizes is not None:
        real = {"sizes": sorted(sizes)}
    return _digest(kind.encode() + orjson.dumps(_without_links(real), option=orjson.OPT_SORT_KEYS))


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
        ranked += (
            [replace(m, rank=place) for place, m in enumerate(tied)] if len(tied) > 1 and whole else tied
        )
    return ranked


def _sizes(content: dict[str, Any]) -> dict[str, Any] | None:
    image = content.get("image")
    sizes = image.get("sizes") if isinstance(image, dict) else None
    return sizes if isinstance(sizes, dict) else None


def _without_links(value: Any) -> Any:
    """Drop picture links inside other content (previews, items): they move without a change."""
    if isinstance(value, dict):
        return {k: _without_links(v) for k, v in value.items() if k not in ("images", "image_url")}
    return value


def _digest(data: bytes | str) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return hashlib.blake2b(raw, digest_size=9).hexdigest()


def _dump(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise Unreadable(f"content cannot be kept: {error}") from None


def _text_id(value: Any, name: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise Unreadable(f"message without {name}")
    text = str(value)
    if len(text) > _LONGEST_ID:
        raise Unreadable(f"{name} is too long")
    return text


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


def _says_deleted(kind: str, content: dict[str, Any]) -> bool:
    text = content.get("text")
    return kind == "text" and isinstance(text, str) and text.strip() == DELETED_TEXT


def _is_stub(kind: str, content: dict[str, Any]) -> bool:
    """Avito's advertising in place of a text never stands against the text itself."""
    text = content.get("text")
    return kind == "text" and isinstance(text, str) and is_tariff_stub(text)


def _direction(kind: str, author_id: int, account_id: int) -> Direction:
    if kind == "system" or author_id in _SYSTEM_AUTHORS:
        return "system"
    return "out" if author_id == account_id else "in"


def _is_read(value: dict[str, Any], direction: Direction) -> bool:
    """Who else has read it: for our messages the buyer (`read`), for the buyer's we ourselves."""
    if direction == "out":
        return isinstance(value.get("read"), int | float) and bool(value["read"])
    return bool(value.get("isRead") or value.get("is_read"))


def _is_answered_call(kind: str, content: dict[str, Any]) -> bool:
    call = content.get("call")
    status = call.get("status") if kind == "call" and isinstance(call, dict) else None
    return isinstance(status, str) and status != "missed"
