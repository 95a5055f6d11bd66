"""Reads whom a chat is with, and about which item. Pure."""

from typing import Any
from urllib.parse import urlsplit

import orjson

from worker.avito.values import bounded_text, object_of, positive_int, web_link
from worker.messages.kinds import digest

_DEAREST = 10**15
_WORDS = ("string", "text", "title", "value")


def read_buyer(users: Any, account_id: int) -> dict[str, Any] | None:
    """Return `{id, name, avatar, url}` of the user who is not the account; None when there is none.

    Of several it is one with a name, and always the same one, since Avito promises no order.
    """
    others = [user for user in _users(users) if user["id"] != account_id]
    return min(others, key=lambda user: (user["name"] is None, user["id"]), default=None)


def read_item(context: Any) -> dict[str, Any] | None:
    """Return `{id, title, price, url, image, place}` of an item's context; None for any other.

    An id of 0 means that there is no item.
    """
    context = object_of(context)
    value = object_of(context.get("value"))
    item_id = positive_int(value.get("id"))
    if not is_about_item(context) or item_id is None:
        return None
    return {
        "id": item_id,
        "title": bounded_text(value.get("title")),
        "price": _words(value.get("price_string")) or _words(value.get("price")),
        "url": web_link(value.get("url")),
        "image": _largest(object_of(value.get("images")).get("main")),
        "place": bounded_text(object_of(value.get("location")).get("title")),
    }


def is_about_item(context: Any) -> bool:
    """Tell whether Avito says that a chat is about an item, even one that no longer exists."""
    value = object_of(context).get("value")
    return isinstance(value, dict) and object_of(context).get("type") in ("item", None)


def are_we_buying(context: Any, account_id: int) -> bool | None:
    """Tell whether the item is somebody else's, so that we are the buyer; None where that is not said."""
    seller = positive_int(object_of(object_of(context).get("value")).get("user_id"))
    return None if read_item(context) is None or seller is None else seller != account_id


def facts_fingerprint(buyer: dict[str, Any] | None, item: dict[str, Any] | None, buying: bool | None) -> str:
    """Return what changes when operators see another buyer or item. Of a picture only the path counts."""
    shown: list[Any] = [_with_path(buyer, "avatar"), _with_path(item, "image")]
    return digest(orjson.dumps([*shown, True] if buying else shown, option=orjson.OPT_SORT_KEYS))


def _users(users: Any) -> list[dict[str, Any]]:
    found = []
    for user in users if isinstance(users, list) else []:
        user_id = positive_int(object_of(user).get("id"))
        if user_id is None:
            continue
        profile = object_of(user.get("public_user_profile"))
        avatar = object_of(profile.get("avatar"))
        found.append(
            {
                "id": user_id,
                "name": bounded_text(user.get("name")),
                "avatar": _largest(avatar.get("images")) or web_link(avatar.get("default")),
                "url": web_link(profile.get("url")),
            }
        )
    return found


def _words(value: Any) -> str | None:
    """Return a price as text: Avito gives a text, a number, or an object that holds one of them."""
    if isinstance(value, dict):
        return next((words for name in _WORDS if (words := _words(value.get(name)))), None)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _DEAREST:
        return f"{value:.2f}".removesuffix(".00")
    return bounded_text(value)


def _largest(images: Any) -> str | None:
    """Of `{"140x105": url, …}` the one with the most pixels."""
    known = {size: web_link(url) for size, url in object_of(images).items()}
    sizes = sorted((size for size, url in known.items() if url), key=_pixels)
    return known[sizes[-1]] if sizes else None


def _pixels(size: str) -> tuple[int, str]:
    width, _, height = size.lower().partition("x")
    return ((positive_int(width) or 0) * (positive_int(height) or 0), size)


def _with_path(facts: dict[str, Any] | None, picture: str) -> dict[str, Any] | None:
    """Hosts and queries change by themselves."""
    if facts is None or facts[picture] is None:
        return facts
    return facts | {picture: _path(facts[picture])}


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return url
