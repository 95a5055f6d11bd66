"""Avito's lists and what operators see, in one form that can be compared."""

from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
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
            "thread": [(one["id"], content_of(one, deleted=one["deleted"])) for one in thread],
            "deleted": {one["id"]: one["direction"] for one in thread if one["deleted"]},
            "directions": {one["id"]: one["direction"] for one in thread if not one["deleted"]},
            "buyer": (chat["buyer"] or {}).get("name"),
            "item": (chat["item"] or {}).get("id"),
            "buying": chat["buying"],
            "avitos": chat["type"] == "a2u",
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


@dataclass(frozen=True, slots=True)
class Words:
    """What the words of a deletion mean where Avito's lists have them as a text.

    `typed`: a buyer wrote them. `replaced`: they stand in the place of a message, which the system had seen
    (`seen`) or not. All others announce the deletion of another message.
    """

    typed: AbstractSet[str]
    replaced: AbstractSet[str]
    seen: AbstractSet[str]


def expected(told: dict[str, Any], words: Words, here: dict[str, Any]) -> dict[str, Any]:
    """Return the same of Avito's own lists, by the meanings of the words alone.

    Where nothing but the words tells what they mean, any of the two is right, so that of `here` is taken.
    """
    nothing: dict[str, Any] = {"deleted": {}}
    return {
        chat["id"]: _Chat(chat, words, here.get(chat["id"], nothing)["deleted"]).expected()
        for chat in told["chats"]
        if chat["messages"]
    }


class _Chat:
    """One chat of Avito's. `shown`: the direction of each message that is shown as deleted."""

    def __init__(self, told: dict[str, Any], words: Words, shown: dict[str, str]) -> None:
        self.told, self.words, self.shown = told, words, shown
        self.messages = told["messages"][::-1]
        self.by_words = [one for one in self.messages if says_deleted(one)]
        self.deleted = {one["id"] for one in self.messages if self._is_deleted(one)}

    def expected(self) -> dict[str, Any]:
        chat = self.told["chat"]
        item = chat.get("context", {}).get("value", {})
        buying = bool(item.get("id")) and item["user_id"] != ACCOUNT
        deleted, left = self.deleted, [one for one in self.messages if one["id"] not in self.deleted]
        return {
            "thread": [(one["id"], content_of(one, deleted=one["id"] in deleted)) for one in self.messages],
            "directions": {one["id"]: _direction(one) for one in left},
            "buyer": chat["users"][0].get("name"),
            "item": item.get("id") or None,
            "buying": buying,
            "avitos": self.told["type"] == "a2u",
            "waits": not buying and self.told["type"] != "a2u" and self._waits(left),
        }

    def _waits(self, left: list[dict[str, Any]]) -> bool:
        """Whether a buyer waits for an answer; a missed call counts where the buyer has said a word."""
        said = any(_direction(one) == "in" and one["type"] not in CALLS for one in left)
        waits = False
        for one in self.messages:
            direction = _direction(one)
            if direction == "out":
                waits = waits and not self._answers(one)
            elif direction == "in" and one["id"] not in self.deleted:
                waits = waits or said or one["type"] not in CALLS
        return waits

    def _answers(self, ours: dict[str, Any]) -> bool:
        """Whether a message of ours ends the wait, as a deleted one does, but not a notice of a deletion."""
        name = ours["id"]
        if not says_deleted(ours) or name in self.words.seen:
            return True
        return name in self.words.replaced and self.shown.get(name) == "out"

    def _is_deleted(self, message: dict[str, Any]) -> bool:
        if not says_deleted(message):
            return bool(message["type"] == "deleted")
        if message["id"] in self.words.seen or message["author_id"] == ACCOUNT:
            return True
        alike = [one["id"] for one in self.by_words if one["author_id"] == message["author_id"]]
        unseen = self.words.typed | (self.words.replaced - self.words.seen)
        if not unseen & set(alike):
            return True
        if self._says_only_typed(message["author_id"], alike):
            return False
        return message["id"] in self.shown

    def _says_only_typed(self, author: int, alike: list[str]) -> bool:
        """Whether nothing of this author was deleted, so that its words can only be typed."""
        is_any_deleted = any(one["type"] == "deleted" and one["author_id"] == author for one in self.messages)
        return not is_any_deleted and set(alike) <= self.words.typed


def _direction(message: dict[str, Any]) -> str:
    by_avito = str(message["content"].get("text")).startswith("[Системное сообщение]")
    if message["type"] == "system" or message["author_id"] <= 10 or by_avito:
        return "system"
    return "out" if message["author_id"] == ACCOUNT else "in"


def says_deleted(message: dict[str, Any]) -> bool:
    """Tell whether a message of Avito's has the words of a deletion as its text."""
    return bool(message["type"] == "text" and message["content"].get("text") == DELETED_TEXT)


def content_of(message: dict[str, Any], *, deleted: bool) -> str:
    """Return kind, quote and content, without the links of pictures, which move."""
    if deleted:
        return "deleted"
    content = {} if message["type"] == "image" else message["content"]
    parts = sorted((name, part) for name, part in content.items() if part is not None)
    return f"{message['type']} {(message.get('quote') or {}).get('id')} {parts}"


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
