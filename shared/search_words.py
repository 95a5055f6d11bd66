"""The words by which chats are found: how a text falls into words, and how a chat's words are kept.

A word counts by its stem, so that other forms of it are found too, and a word that is still being typed by
its beginning. The worker keeps the words of each chat's held messages in keys.search_words, where the gateway
looks.
"""

import re
import sys
import unicodedata
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from Stemmer import Stemmer

MAX_MESSAGES = 1_000
"""So many of a chat's messages, the newest, are looked through."""

Codes: TypeAlias = "array[int]"
"""A chat's words in order, each as a number: ten letters of its stem by five bits, 14 bits of a checksum."""

_LETTERS = 10
_LETTER_BITS, _SUM_BITS = 5, 14
_MOST = 4_000
_LONGEST_TEXT = 2_000
_LONGEST_WORD = 64
_PART_FROM = 3
_WORD = re.compile(r"[^\W_]+")
_stemmer = Stemmer("russian", 0)


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is looked for: as it was typed (folded), its stem, and which codes may be it (from, to)."""

    typed: str
    stem: str
    ranges: tuple[tuple[int, int], ...]

    def fits(self, stem: str) -> bool:
        """Tell whether a word with this stem is meant: the same, or one begun by three to ten letters."""
        return stem == self.stem or (_is_part(self.typed) and stem.startswith(self.typed))

    def may_be_in(self, codes: Codes) -> bool:
        """Tell whether a chat with these words may hold this one; it is hardly ever mistaken."""
        for least, most in self.ranges:
            at = bisect_left(codes, least)
            if at < len(codes) and codes[at] <= most:
                return True
        return False


def fold(text: str) -> str:
    """Return text as it is compared: case and the dots of ё do not count."""
    return unicodedata.normalize("NFC", text).casefold().replace("ё", "е")


def query_words(text: str) -> list[Word]:
    """Return the words of what somebody looks for."""
    return [_word(found) for found in _WORD.findall(unicodedata.normalize("NFC", text))]


@lru_cache(maxsize=32_768)
def stem(word: str) -> str:
    """Return what the forms of a word have in common, as far as endings tell: a beginning of it, folded."""
    stemmed: str = _stemmer.stemWord(fold(word[:_LONGEST_WORD]))
    return stemmed


def find_words(text: str, wanted: Sequence[Word]) -> Iterator[tuple[int, int, Word]]:
    """Give where wanted words stand in a text (in NFC): start, end, and which one it is."""
    for match in _WORD.finditer(text):
        for word in wanted:
            if word.fits(stem(match[0])):
                yield match.start(), match.end(), word


def searchable_texts(content: object) -> list[str]:
    """Return what can be read in a message's content: its text, or words and title of what it points to."""
    if not isinstance(content, Mapping):
        return []
    parts: list[Mapping[str, Any]] = [
        content,
        *(part for part in content.values() if isinstance(part, Mapping)),
    ]
    found = (part.get(name) for part in parts for name in ("text", "title"))
    return [unicodedata.normalize("NFC", text[:_LONGEST_TEXT]) for text in found if isinstance(text, str)]


class WordCollector:
    """The words of one chat while they are gathered, newest message first, as many as are kept of a chat."""

    def __init__(self) -> None:
        self._stems: set[str] = set()

    def add(self, content: object) -> None:
        """Take the words of one message in."""
        for text in searchable_texts(content):
            for word in _WORD.findall(text):
                if len(self._stems) >= _MOST:
                    return
                self._stems.add(stem(word))

    def written(self) -> bytes:
        """Return them as they are kept: eight bytes a word, little-endian, in order."""
        return _swapped(array("Q", sorted({_code(one) for one in self._stems}))).tobytes()


def codes_of(content: object) -> Codes:
    """Return the words of one message."""
    gathered = WordCollector()
    gathered.add(content)
    return read_codes(gathered.written())


def read_codes(kept: bytes) -> Codes:
    """Read what `written` wrote; what is cut off in the middle of a word counts up to there."""
    codes: Codes = array("Q")
    codes.frombytes(kept[: len(kept) - len(kept) % codes.itemsize])
    return _swapped(codes)


def _word(text: str) -> Word:
    typed, stemmed = fold(text), stem(text)
    same = (_code(stemmed), _code(stemmed))
    return Word(typed, stemmed, (same, _beginning(typed)) if _is_part(typed) else (same,))


def _is_part(typed: str) -> bool:
    return _PART_FROM <= len(typed) <= _LETTERS


@lru_cache(maxsize=32_768)
def _code(stemmed: str) -> int:
    return _beginning(stemmed)[0] | (zlib.crc32(stemmed.encode("utf-8", "replace")) & ((1 << _SUM_BITS) - 1))


def _beginning(letters: str) -> tuple[int, int]:
    """Return between which codes all words lie that begin with these letters."""
    bits = 0
    for letter in letters[:_LETTERS]:
        bits = bits << _LETTER_BITS | ord(letter) % (1 << _LETTER_BITS)
    free = _LETTER_BITS * (_LETTERS - len(letters[:_LETTERS])) + _SUM_BITS
    return bits << free, (bits + 1 << free) - 1


def _swapped(codes: Codes) -> Codes:
    if sys.byteorder == "big":
        codes.byteswap()
    return codes
