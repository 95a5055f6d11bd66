"""The words by which chats are found: how a text is split into words, and how a chat's words are stored.

A word is compared by its stem, so that its other forms are found too, and a word that is still being typed by
its beginning. The worker stores the words of each chat's messages in keys.search_words for the gateway.
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
from itertools import islice
from typing import Any, TypeAlias

from Stemmer import Stemmer

MAX_MESSAGES = 1_000
"""How many of a chat's newest messages are searched."""

Codes: TypeAlias = "array[int]"
"""A chat's words in order, each as a number: ten letters of its stem by five bits, 14 bits of a checksum."""

_LETTERS = 10
_LETTER_BITS, _SUM_BITS = 5, 14
_MOST = 4_000
_LONGEST_TEXT = 2_000
_MOST_TEXTS = 8
_LONGEST_WORD = 64
_PART_FROM = 3
_WORD = re.compile(r"[^\W_]+")
_stemmer = Stemmer("russian", 0)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a query: as it was typed (folded), its stem, and ranges of codes that it may have."""

    typed: str
    stem: str
    ranges: tuple[tuple[int, int], ...]

    def fits(self, stem: str) -> bool:
        """Tell whether a word with this stem matches: the same, or one that begins with the letters typed."""
        return stem == self.stem or (_is_part(self.typed) and stem.startswith(self.typed))

    def may_be_in(self, codes: Codes) -> bool:
        """Tell whether a chat with these words may contain this one; false positives are rare."""
        for least, most in self.ranges:
            at = bisect_left(codes, least)
            if at < len(codes) and codes[at] <= most:
                return True
        return False


def fold(text: str) -> str:
    """Return text as it is compared: without case and the dots of ё."""
    return unicodedata.normalize("NFC", text).casefold().replace("ё", "е")


def query_words(text: str) -> list[Word]:
    """Return the words of a query."""
    return [_word(found) for found in _WORD.findall(unicodedata.normalize("NFC", text))]


@lru_cache(maxsize=32_768)
def stem(word: str) -> str:
    """Return the stem of a word, folded."""
    stemmed: str = _stemmer.stemWord(fold(word[:_LONGEST_WORD]))
    return stemmed


def find_words(text: str, wanted: Sequence[Word]) -> Iterator[tuple[int, int, Word]]:
    """Find wanted words in a text (in NFC); yield start, end and word of each."""
    for match in _WORD.finditer(text):
        stemmed = stem(match[0])
        for word in wanted:
            if word.fits(stemmed):
                yield match.start(), match.end(), word


def searchable_texts(content: object) -> list[str]:
    """Return the readable texts of a message's content: its own, and those of what it refers to."""
    if not isinstance(content, Mapping):
        return []
    parts: list[Mapping[str, Any]] = [
        content,
        *(part for part in content.values() if isinstance(part, Mapping)),
    ]
    found = (part.get(name) for part in parts for name in ("text", "title"))
    texts = islice((text for text in found if isinstance(text, str)), _MOST_TEXTS)
    return [unicodedata.normalize("NFC", text[:_LONGEST_TEXT]) for text in texts]


class WordCollector:
    """Collects the words of one chat, newest message first, up to the most that are stored of a chat."""

    def __init__(self) -> None:
        self._stems: set[str] = set()

    def add(self, content: object) -> None:
        """Add the words of one message."""
        for text in searchable_texts(content):
            for word in _WORD.findall(text):
                if len(self._stems) >= _MOST:
                    return
                self._stems.add(stem(word))

    def written(self) -> bytes:
        """Return them as they are stored: eight bytes a word, little-endian, in order."""
        return _swapped(array("Q", sorted({_code(one) for one in self._stems}))).tobytes()


def codes_of(content: object) -> Codes:
    """Return the words of one message."""
    collector = WordCollector()
    collector.add(content)
    return read_codes(collector.written())


def read_codes(kept: bytes) -> Codes:
    """Parse what `written` returned; an incomplete last word is ignored."""
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
    """Return the range of codes of all words that begin with these letters."""
    bits = 0
    for letter in letters[:_LETTERS]:
        bits = bits << _LETTER_BITS | ord(letter) % (1 << _LETTER_BITS)
    free = _LETTER_BITS * (_LETTERS - len(letters[:_LETTERS])) + _SUM_BITS
    return bits << free, (bits + 1 << free) - 1


def _swapped(codes: Codes) -> Codes:
    if sys.byteorder == "big":
        codes.byteswap()
    return codes
