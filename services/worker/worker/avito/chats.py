"""Reads Avito's chats: lists and single ones, with buyer and item. Pure."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson

from worker.avito.buyers_and_items import (
    are_we_buying,
    facts_fingerprint,
    is_about_item,
    read_buyer,
    read_item,
)
from worker.avito.values import object_of, read_rows, unwrapped
from worker.messages.fields import read_id, read_time
from worker.messages.kinds import is_tariff_stub
from worker.messages.message import ChatFacts, Message, Unreadable
from worker.messages.reading import read_message

_A_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class ChatListing:
    """One chat as Avito lists it. `chat_type`: u2i, u2u, a2u or '' (unknown); `updated` in Unix seconds.

    `last` is None also where the tariff's advertising stands in its place. `waits`: the buyer wrote last.
    """

    chat_id: str
    chat_type: str
    updated: float
    last: Message | None
    facts: ChatFacts
    waits: bool = False


@dataclass(frozen=True, slots=True)
class ChatPage:
    """A page of chats. `rows`: how many Avito gave, `skipped` of them unreadable; `more`: not the last."""

    chats: tuple[ChatListing, ...]
    rows: int
    skipped: int
    more: bool


def read_chat(row: Any, account_id: int, asof: float, asked_types: Sequence[str] = ()) -> ChatListing:
    """Read one chat; raises Unreadable without an id, which alone must be there.

    `asof`: when the request began. `asked_types`: what the list was filtered by.
    """
    if not isinstance(row, dict):
        raise Unreadable("chat is not an object")
    row = unwrapped(row, "chat", "id")
    chat_id = read_id(row.get("id"), "id")
    context = row.get("context")
    last, is_stub = _last_message(row.get("last_message"), account_id, chat_id, asof)
    times = (read_time(row.get("updated")), last.created if last else None, read_time(row.get("created")))
    updated = next((time for time in times if time is not None and time <= asof + _A_DAY), 0.0)
    facts = _facts(row, account_id, updated, asof)
    return ChatListing(
        chat_id,
        _type(context, asked_types),
        updated,
        None if is_stub else last,
        facts,
        waits=last is not None and last.is_word and not facts.buying,
    )


def read_chats(
    data: Any, account_id: int, asof: float, *, limit: int, asked_types: Sequence[str] = ()
) -> ChatPage:
    """Read a page; raises Unreadable when it is no page of chats."""
    found = read_rows(data, "chats", limit)
    chats = []
    for row in found.rows:
        with suppress(Unreadable):
            chats.append(read_chat(row, account_id, asof, asked_types))
    return ChatPage(tuple(chats), len(found.rows), len(found.rows) - len(chats), found.more)


def _facts(row: dict[str, Any], account_id: int, updated: float, asof: float) -> ChatFacts:
    context = row.get("context")
    buyer, item = read_buyer(row.get("users"), account_id), read_item(context)
    buying = are_we_buying(context, account_id)
    return ChatFacts(
        updated,
        asof,
        orjson.dumps(buyer),
        orjson.dumps(item),
        facts_fingerprint(buyer, item, buying),
        buying=buying,
    )


def _last_message(value: Any, account_id: int, chat_id: str, asof: float) -> tuple[Message | None, bool]:
    """Return the last message, and whether the tariff's advertising stands in place of its text."""
    content = object_of(value).get("content")
    text = content if isinstance(content, str) else object_of(content).get("text")
    is_stub = isinstance(text, str) and is_tariff_stub(text)
    with suppress(Unreadable):
        return read_message(object_of(value), account_id, chat_id, asof=asof), is_stub
    return None, is_stub


def _type(context: Any, asked_types: Sequence[str]) -> str:
    """Return what Avito says: an item, or the one type that the list was filtered by."""
    if is_about_item(context):
        return "u2i"
    return asked_types[0] if len(asked_types) == 1 else ""
