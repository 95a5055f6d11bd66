"""Reads Avito's chats: lists and single ones. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from worker.avito.facts import fingerprint, read_buyer, read_item
from worker.messages.message import ChatFacts, Message, Unreadable
from worker.messages.reading import read_message

_LONGEST_ID = 256


@dataclass(frozen=True, slots=True)
class ChatListing:
    """One chat as a list of Avito shows it. `chat_type` u2i, u2u, a2u or '' (not said); `updated` Unix s."""

    chat_id: str
    chat_type: str
    updated: float
    last: Message | None
    facts: ChatFacts


@dataclass(frozen=True, slots=True)
class ChatPage:
    """A page of chats. `rows`: how many Avito gave, `skipped` of which nobody could read. `more`: ask on."""

    chats: tuple[ChatListing, ...]
    rows: int
    skipped: int
    more: bool


def read_chat(row: Any, account_id: int, asof: float, asked_types: Sequence[str] = ()) -> ChatListing:
    """Understand one chat; whatever else is missing, its id must be there: Unreadable without.

    `asof`: when the request began. `asked_types`: what the list was filtered by.
    """
    if not isinstance(row, dict):
        raise Unreadable("chat is not an object")
    chat_id = row.get("id")
    if isinstance(chat_id, int) and not isinstance(chat_id, bool):
        chat_id = str(chat_id)
    if not isinstance(chat_id, str) or not 0 < len(chat_id) <= _LONGEST_ID:
        raise Unreadable("chat without id")
    buyer, item = read_buyer(row.get("users"), account_id), read_item(row.get("context"))
    last = _last_message(row.get("last_message"), account_id, chat_id, asof)
    times = (_time(row.get("updated")), _time(row.get("created")), last.created if last else 0.0)
    updated = next((time for time in times if time), 0.0)
    facts = ChatFacts(updated, asof, orjson.dumps(buyer), orjson.dumps(item), fingerprint(buyer, item))
    return ChatListing(chat_id, _type(item is not None, asked_types), updated, last, facts)


def read_chats(
    data: Any, account_id: int, asof: float, *, limit: int, asked_types: Sequence[str] = ()
) -> ChatPage:
    """Understand a page; raises Unreadable when it is no page of chats at all."""
    rows = data.get("chats") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise Unreadable("no list of chats")
    chats = []
    for row in rows:
        try:
            chats.append(read_chat(row, account_id, asof, asked_types))
        except Unreadable:
            continue
    return ChatPage(tuple(chats), len(rows), len(rows) - len(chats), has_more(data, len(rows), limit))


def has_more(data: Any, rows: int, limit: int) -> bool:
    """Tell whether a next page may be there: `meta` says so where Avito gives it, else a full page does."""
    meta = data.get("meta") if isinstance(data, dict) else None
    said = meta.get("has_more") if isinstance(meta, dict) else None
    return rows > 0 and (said if isinstance(said, bool) else rows >= limit)


def _last_message(value: Any, account_id: int, chat_id: str, asof: float) -> Message | None:
    if not isinstance(value, dict):
        return None
    try:
        return read_message(value, account_id, chat_id, asof=asof)
    except Unreadable:
        return None


def _type(has_item: bool, asked_types: Sequence[str]) -> str:
    if len(asked_types) == 1:
        return asked_types[0]
    return "u2i" if has_item else ""


def _time(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) and value > 0 else 0.0
