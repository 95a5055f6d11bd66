"""Finds chats by words in names, items and messages. Knows no socket, clock or Redis.

It holds names, items and the last message as text, and of all messages only their words: enough to tell
which chats may match. results.py then reads the messages of the few chats that are shown.
"""

from array import array
from dataclasses import dataclass
from typing import Any, Literal

from shared.search_words import Codes, Word, codes_of, fold, query_words, searchable_texts

Filter = Literal["all", "unread", "unanswered", "mine", "free", "buying", "selling"]

_LONGEST_TEXT = 2_000
_NO_WORDS: Codes = array("Q")


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a query: folded text to be found in names, and words to be found in messages."""

    text: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class SearchMatch:
    """A chat that matches if its messages contain `wanted`; `sure`: it matches in any case."""

    account: int
    chat_id: str
    updated: float
    unanswered_since: float | None
    wanted: tuple[Word, ...] = ()
    sure: bool = True


@dataclass(frozen=True, slots=True)
class _Entry:
    names: str
    last: str
    last_words: Codes
    unread: bool
    updated: float
    unanswered_since: float | None
    owner: str | None
    buying: bool


def terms(query: str) -> tuple[Term, ...]:
    """Return the terms of a query; a chat must match all of them."""
    return tuple(Term(fold(part), tuple(query_words(part))) for part in query.split())


class Index:
    """The index of all chats: some hundred bytes for each, and eight for each word of its messages."""

    def __init__(self) -> None:
        self._entries: dict[tuple[int, str], _Entry] = {}
        self._words: dict[tuple[int, str], Codes] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def chats(self) -> set[tuple[int, str]]:
        """Return the chats in the index."""
        return set(self._entries)

    def put(self, account: int, chat_id: str, chat: dict[str, Any] | None) -> None:
        """Update a chat; None: it is gone."""
        if chat is None:
            self._entries.pop((account, chat_id), None)
            self._words.pop((account, chat_id), None)
            return
        last = chat.get("last_message") or {}
        self._entries[account, chat_id] = _Entry(
            fold("\n".join(_names(chat))),
            fold("\n".join(searchable_texts(last.get("content")))),
            codes_of(last.get("content")),
            bool(chat.get("unread")),
            chat.get("updated") or 0.0,
            chat.get("unanswered_since"),
            chat.get("owner"),
            chat.get("buying") is True,
        )

    def put_words(self, account: int, chat_id: str, codes: Codes) -> None:
        """Update the words of a chat's messages."""
        self._words[account, chat_id] = codes

    def find(self, query: str, kind: Filter, operator: str = "") -> list[SearchMatch]:
        """Return the chats that may match every term, in no order; `operator` is the one who searches."""
        wanted = terms(query)
        candidates = (
            self._match(key, entry, wanted)
            for key, entry in self._entries.items()
            if _fits(entry, kind, operator)
        )
        return [found for found in candidates if found is not None]

    def _match(
        self, key: tuple[int, str], entry: _Entry, query_terms: tuple[Term, ...]
    ) -> SearchMatch | None:
        wanted: tuple[Word, ...] = ()
        sure = True
        for term in query_terms:
            if term.text in entry.names:
                continue
            held = (self._words.get(key, _NO_WORDS), entry.last_words)
            likely = all(_may_be_in(held, word) for word in term.words)
            if term.text not in entry.last:
                sure = False
                if not term.words or not likely:
                    return None
            if likely:  # part of a word matches the last message's text, but is a word of no message
                wanted += term.words
        return SearchMatch(*key, entry.updated, entry.unanswered_since, wanted, sure)


def _may_be_in(held: tuple[Codes, Codes], word: Word) -> bool:
    return word.may_be_in(held[0]) or word.may_be_in(held[1])


def _fits(entry: _Entry, kind: Filter, operator: str) -> bool:
    match kind:
        case "all":
            return True
        case "unread":
            return entry.unread
        case "unanswered":
            return entry.unanswered_since is not None
        case "mine":
            return entry.owner == operator
        case "free":
            return entry.owner is None
        case "buying" | "selling":
            return entry.buying is (kind == "buying")


def _names(chat: dict[str, Any]) -> list[str]:
    buyer, item = chat.get("buyer") or {}, chat.get("item") or {}
    names = (buyer.get("name"), item.get("title"), item.get("place"))
    return [name[:_LONGEST_TEXT] for name in names if isinstance(name, str)]
