"""Finds the best matching message of a chat, and cuts the excerpt that the list shows. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from shared.search_words import Word, find_words, fold, searchable_texts

_BEFORE, _AFTER = 24, 80
_MORE = "…"
_CONTENT = b'"content":'


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A found message: its id, when it was written (Unix seconds), the found word and the text around it."""

    message_id: str
    created: float
    before: str
    word: str
    after: str


class ExcerptFinder:
    """Reads one chat's messages, the newest first, and finds the one with most of the wanted words.

    `unreadable`: how many of them it skipped.
    """

    def __init__(self, wanted: Iterable[Word]) -> None:
        self.unreadable = 0
        self._wanted = tuple(dict.fromkeys(wanted))
        self._missing = set(self._wanted)
        self._best: Excerpt | None = None
        self._most = 0

    @property
    def done(self) -> bool:
        """Whether a message has all the words: older ones need not be read."""
        return self._most == len(self._wanted)

    def take(self, held: Iterable[bytes]) -> None:
        """Read the next messages, as they are stored: header, JSON."""
        for value in held:
            if self.done:
                return
            # Most messages are rejected unparsed; a false match, in a quote for instance, does no harm.
            readable = fold(value[value.find(_CONTENT) :].decode("utf-8", "replace"))
            possible = {word for word in self._wanted if word.stem in readable}
            if len(possible) > self._most or possible & self._missing:
                try:
                    self._read(value)
                except (ValueError, TypeError, LookupError):
                    self.unreadable += 1

    def found(self) -> Excerpt | None:
        """Return the newest of the best messages; None: one of the words is in none of them."""
        return None if self._missing else self._best

    def _read(self, value: bytes) -> None:
        message = orjson.loads(value.partition(b"\n")[2])
        for text in searchable_texts(message["content"]):
            here = list(find_words(text, self._wanted))
            holds = {word for _, _, word in here}
            self._missing -= holds
            if len(holds) > self._most:
                self._most = len(holds)
                self._best = _cut(message, text, here[0][0], here[0][1])


def _cut(message: dict[str, object], text: str, start: int, end: int) -> Excerpt:
    before, after = text[max(0, start - _BEFORE) : start], text[end : end + _AFTER]
    if start > _BEFORE:
        before = _MORE + (before.partition(" ")[2] or before)
    if end + _AFTER < len(text):
        after = (after.rpartition(" ")[0] or after) + _MORE
    created = message["created"]
    at = created if isinstance(created, int | float) else 0.0
    return Excerpt(str(message["id"]), at, _one_line(before), text[start:end], _one_line(after))


def _one_line(text: str) -> str:
    return "".join(" " if letter.isspace() else letter for letter in text)
