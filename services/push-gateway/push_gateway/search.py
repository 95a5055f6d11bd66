"""Finds chats by words in names, items and last messages. Knows no socket, clock or Redis."""

from dataclasses import dataclass
from typing import Any, Literal

Filter = Literal["all", "unread", "unanswered"]

_LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class Found:
    """A chat that fits."""

    account: int
    chat_id: str
    updated: float
    unanswered_since: float | None


@dataclass(slots=True)
class _Entry:
    words: str
    unread: bool
    found: Found


def fold(text: str) -> str:
    """Return text as it is compared: case and the dots of ё do not count."""
    return text.casefold().replace("ё", "е")


class Index:
    """What can be searched of all chats: some hundred bytes each."""

    def __init__(self) -> None:
        self._entries: dict[tuple[int, str], _Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, account: int, chat_id: str, chat: dict[str, Any] | None) -> None:
        """Take a chat as it is now; None: it is gone."""
        if chat is None:
            self._entries.pop((account, chat_id), None)
            return
        self._entries[account, chat_id] = _Entry(
            fold("\n".join(_texts(chat))),
            bool(chat.get("unread")),
            Found(account, chat_id, chat.get("updated") or 0.0, chat.get("unanswered_since")),
        )

    def find(self, query: str, kind: Filter) -> list[Found]:
        """Return the chats that hold every word of the query, in no order."""
        words = fold(query).split()
        return [
            entry.found
            for entry in self._entries.values()
            if _fits(entry, kind) and all(word in entry.words for word in words)
        ]


def _fits(entry: _Entry, kind: Filter) -> bool:
    if kind == "unread":
        return entry.unread
    return kind == "all" or entry.found.unanswered_since is not None


def _texts(chat: dict[str, Any]) -> list[str]:
    buyer, item = chat.get("buyer") or {}, chat.get("item") or {}
    message = chat.get("last_message") or {}
    texts = [buyer.get("name"), item.get("title"), item.get("place"), *_content_texts(message.get("content"))]
    return [text[:_LONGEST_TEXT] for text in texts if isinstance(text, str)]


def _content_texts(content: Any) -> list[Any]:
    if not isinstance(content, dict):
        return []
    parts = [content, *(part for part in content.values() if isinstance(part, dict))]
    return [part.get(name) for part in parts for name in ("text", "title")]
