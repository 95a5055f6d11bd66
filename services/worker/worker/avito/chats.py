"""Reads Avito's chats: lists and single ones, with buyer and item. Pure."""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from worker.messages.kinds import digest
from worker.messages.message import ChatFacts, Message, Unreadable
from worker.messages.reading import read_id, read_message

_LONGEST = 2000


def read_buyer(users: Any, account_id: int) -> dict[str, Any] | None:
    """Return `{id, name, avatar, url}` of the first user who is not the account; None when there is none."""
    for user in users if isinstance(users, list) else []:
        user_id = positive_int(user.get("id")) if isinstance(user, dict) else None
        if user_id is not None and user_id != account_id:
            profile = object_of(user.get("public_user_profile"))
            avatar = object_of(profile.get("avatar"))
            return {
                "id": user_id,
                "name": bounded_text(user.get("name")),
                "avatar": _largest(avatar.get("images")) or web_link(avatar.get("default")),
                "url": web_link(profile.get("url")),
            }
    return None


def read_item(context: Any) -> dict[str, Any] | None:
    """Return `{id, title, price, url, image, place}` of an item's context; None for any other."""
    context = object_of(context)
    value = object_of(context.get("value"))
    item_id = positive_int(value.get("id"))
    if context.get("type", "item") != "item" or item_id is None:
        return None
    return {
        "id": item_id,
        "title": bounded_text(value.get("title")),
        "price": bounded_text(value.get("price_string")),
        "url": web_link(value.get("url")),
        "image": _largest(object_of(value.get("images")).get("main")),
        "place": bounded_text(object_of(value.get("location")).get("title")),
    }


def positive_int(value: Any) -> int | None:
    """Return a positive number that fits 63 bits, also from digits in a string."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 < value < 2**63 else None


def bounded_text(value: Any) -> str | None:
    """Return a text, cut at 2,000 characters; None for none."""
    return value[:_LONGEST] if isinstance(value, str) and value.strip() else None


def web_link(value: Any) -> str | None:
    """Return a web address; None for any other kind of link."""
    is_web = isinstance(value, str) and value.lower().startswith(("https://", "http://"))
    return value if is_web and len(value) <= _LONGEST else None


def _largest(images: Any) -> str | None:
    """Of `{"140x105": url, …}` the one with the most pixels."""
    known = {size: web_link(url) for size, url in object_of(images).items()}
    sizes = sorted((size for size, url in known.items() if url), key=_pixels)
    return known[sizes[-1]] if sizes else None


def _pixels(size: str) -> tuple[int, str]:
    width, _, height = size.lower().partition("x")
    return ((positive_int(width) or 0) * (positive_int(height) or 0), size)


def object_of(value: Any) -> dict[str, Any]:
    """Return a JSON object; an empty one for any other value."""
    return value if isinstance(value, dict) else {}


def _with_path(facts: dict[str, Any] | None, picture: str) -> dict[str, Any] | None:
    """Of a picture only the path counts: hosts and queries change by themselves."""
    if facts is None or facts[picture] is None:
        return facts
    return facts | {picture: _path(facts[picture])}


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return url


@dataclass(frozen=True, slots=True)
class ChatListing:
    """One chat as Avito lists it. `chat_type`: u2i, u2u, a2u or '' (unknown); `updated` in Unix seconds."""

    chat_id: str
    chat_type: str
    updated: float
    last: Message | None
    facts: ChatFacts


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
    chat_id = read_id(row.get("id"), "id")
    buyer, item = read_buyer(row.get("users"), account_id), read_item(row.get("context"))
    last = _last_message(row.get("last_message"), account_id, chat_id, asof)
    times = (_time(row.get("updated")), _time(row.get("created")), last.created if last else 0.0)
    updated = next((time for time in times if time), 0.0)
    shown = orjson.dumps(
        [_with_path(buyer, "avatar"), _with_path(item, "image")], option=orjson.OPT_SORT_KEYS
    )
    facts = ChatFacts(updated, asof, orjson.dumps(buyer), orjson.dumps(item), digest(shown))
    return ChatListing(chat_id, _type(item is not None, asked_types), updated, last, facts)


def read_chats(
    data: Any, account_id: int, asof: float, *, limit: int, asked_types: Sequence[str] = ()
) -> ChatPage:
    """Read a page; raises Unreadable when it is no page of chats."""
    rows = object_of(data).get("chats")
    if not isinstance(rows, list):
        raise Unreadable("no list of chats")
    chats = []
    for row in rows:
        with suppress(Unreadable):
            chats.append(read_chat(row, account_id, asof, asked_types))
    return ChatPage(tuple(chats), len(rows), len(rows) - len(chats), has_more(data, len(rows), limit))


def has_more(data: Any, rows: int, limit: int) -> bool:
    """Tell whether a next page may be there: `meta` says so where Avito gives it, else a full page does."""
    has_more = object_of(object_of(data).get("meta")).get("has_more")
    return rows > 0 and (has_more if isinstance(has_more, bool) else rows >= limit)


def _last_message(value: Any, account_id: int, chat_id: str, asof: float) -> Message | None:
    with suppress(Unreadable):
        return read_message(object_of(value), account_id, chat_id, asof=asof)
    return None


def _type(has_item: bool, asked_types: Sequence[str]) -> str:
    if len(asked_types) == 1:
        return asked_types[0]
    return "u2i" if has_item else ""


def _time(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) and value > 0 else 0.0
