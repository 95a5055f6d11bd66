"""Avito's lists and what operators see, in one form that can be compared."""

from collections.abc import AsyncIterator
from itertools import chain
from typing import Any
from urllib.parse import quote

from testbed import ACCOUNT
from tests.push_gateway.panel import Panel

DELETED_TEXT = "Сообщение удалено"
CALLS = ("call", "appCall")


async def shown(panel: Panel) -> dict[str, Any]:
    """Return every chat with a message as the panel shows it."""
    chats: dict[str, Any] = {}
    for chat in chain.from_iterable([page async for page in pages(panel, "api/chats", "chats")]):
        path = f"api/chats/{quote(chat['id'], '')}/messages"
        newest_first = [page async for page in pages(panel, path, "messages")]
        thread = list(chain.from_iterable(newest_first[::-1]))
        chats[chat["id"]] = {
            "thread": [(one["id"], _content(one)) for one in thread],
            "directions": {one["id"]: one["direction"] for one in thread if not one["deleted"]},
            "item": (chat["item"] or {}).get("id"),
            "buying": chat.get("buying"),
            "waits": chat["unanswered_since"] is not None,
        }
    return chats


async def pages(panel: Panel, path: str, name: str) -> AsyncIterator[list[dict[str, Any]]]:
    """Yield the pages of a list."""
    before: str | None = ""
    while before is not None:
        page = await panel.get(path, limit=100, before=before)
        yield page[name]
        before = page["next"]


def expected(told: dict[str, Any]) -> dict[str, Any]:
    """Return the same of Avito's own lists, by the meanings of the words alone."""
    return {chat["id"]: _expected(chat) for chat in told["chats"] if chat["messages"]}


def _expected(told: dict[str, Any]) -> dict[str, Any]:
    item = told["chat"].get("context", {}).get("value", {})
    buying = bool(item.get("id")) and item["user_id"] != ACCOUNT
    left = [one for one in told["messages"][::-1] if not _is_deleted(one)]
    return {
        "thread": [(one["id"], _content(one)) for one in told["messages"][::-1]],
        "directions": {one["id"]: _direction(one) for one in left},
        "item": item.get("id") or None,
        "buying": buying,
        "waits": not buying and _waits(left),
    }


def _waits(messages: list[dict[str, Any]]) -> bool:
    """Whether a buyer waits for an answer; a missed call counts where the buyer has said a word."""
    said = any(_direction(one) == "in" and one["type"] not in CALLS for one in messages)
    waits = False
    for one in messages:
        direction = _direction(one)
        if direction == "out":
            waits = False
        elif direction == "in":
            waits = waits or said or one["type"] not in CALLS
    return waits


def _direction(message: dict[str, Any]) -> str:
    by_avito = str(message["content"].get("text")).startswith("[Системное сообщение]")
    if message["type"] == "system" or message["author_id"] <= 10 or by_avito:
        return "system"
    return "out" if message["author_id"] == ACCOUNT else "in"


def _is_deleted(message: dict[str, Any]) -> bool:
    return bool(message["type"] == "deleted" or message["content"].get("text") == DELETED_TEXT)


def _content(message: dict[str, Any]) -> str:
    """Return kind and content, without the links of pictures, which move."""
    if _is_deleted(message):
        return "deleted"
    content = {} if message["type"] == "image" else message["content"]
    return f"{message['type']} {sorted((name, part) for name, part in content.items() if part is not None)}"


def differences(here: dict[str, Any], there: dict[str, Any]) -> dict[str, Any]:
    """Return by chat what is shown (first) in place of what Avito says (second), None for no such chat."""
    both = here.keys() & there.keys()
    told: dict[str, Any] = {chat: (here.get(chat), there.get(chat)) for chat in here.keys() ^ there.keys()}
    for chat in both:
        wrong = {
            name: (here[chat][name], part) for name, part in there[chat].items() if here[chat][name] != part
        }
        told |= {chat: wrong} if wrong else {}
    return told
