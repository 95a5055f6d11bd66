"""Reads who a chat is with and what it is about, into the contract's buyer and item. Pure."""

import hashlib
from typing import Any
from urllib.parse import urlsplit

import orjson

_LONGEST = 2000


def read_buyer(users: Any, account_id: int) -> dict[str, Any] | None:
    """Return `{id, name, avatar, url}` of the first user who is not the account; None when there is none."""
    for user in users if isinstance(users, list) else []:
        user_id = whole(user.get("id")) if isinstance(user, dict) else None
        if user_id is not None and user_id != account_id:
            profile = _object(user.get("public_user_profile"))
            avatar = _object(profile.get("avatar"))
            return {
                "id": user_id,
                "name": text(user.get("name")),
                "avatar": _largest(avatar.get("images")) or link(avatar.get("default")),
                "url": link(profile.get("url")),
            }
    return None


def read_item(context: Any) -> dict[str, Any] | None:
    """Return `{id, title, price, url, image, place}` of an item's context; None for any other."""
    context = _object(context)
    value = _object(context.get("value"))
    item_id = whole(value.get("id"))
    if context.get("type", "item") != "item" or item_id is None:
        return None
    return {
        "id": item_id,
        "title": text(value.get("title")),
        "price": text(value.get("price_string")),
        "url": link(value.get("url")),
        "image": _largest(_object(value.get("images")).get("main")),
        "place": text(_object(value.get("location")).get("title")),
    }


def fingerprint(buyer: dict[str, Any] | None, item: dict[str, Any] | None) -> str:
    """Tell facts apart. Pictures are told by their path: hosts and queries move without a change."""
    said = [_unmoved(buyer, "avatar"), _unmoved(item, "image")]
    return hashlib.blake2b(orjson.dumps(said, option=orjson.OPT_SORT_KEYS), digest_size=9).hexdigest()


def whole(value: Any) -> int | None:
    """Return a positive number that fits 63 bits, also from digits in a string."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 < value < 2**63 else None


def text(value: Any) -> str | None:
    """Return words, cut where nobody would read on; None for none."""
    return value[:_LONGEST] if isinstance(value, str) and value.strip() else None


def link(value: Any) -> str | None:
    """Return a web address; None for anything else a browser might follow."""
    is_web = isinstance(value, str) and value.lower().startswith(("https://", "http://"))
    return value if is_web and len(value) <= _LONGEST else None


def _largest(images: Any) -> str | None:
    """Of `{"140x105": url, …}` the one with the most pixels."""
    known = {size: link(url) for size, url in _object(images).items()}
    sizes = sorted((size for size, url in known.items() if url), key=_pixels)
    return known[sizes[-1]] if sizes else None


def _pixels(size: str) -> tuple[int, str]:
    width, _, height = size.lower().partition("x")
    return ((whole(width) or 0) * (whole(height) or 0), size)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _unmoved(facts: dict[str, Any] | None, picture: str) -> dict[str, Any] | None:
    if facts is None or facts[picture] is None:
        return facts
    return facts | {picture: _path(facts[picture])}


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return url
