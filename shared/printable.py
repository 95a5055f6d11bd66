"""Text from outside, shown in a terminal, a log or a message: it cannot act on what shows it. Pure."""

import unicodedata
from functools import lru_cache

# Control characters, marks that turn the direction or are not seen, halves of characters, line breaks.
_ACTING = ("Cc", "Cf", "Cs", "Zl", "Zp")
_JOINER = "\u200d"  # of emoji
_SEPARATORS = "\t\v\f\x85\u2028\u2029"


def printable(text: str) -> str:
    """Return a text as one line, with what could act on the reader's screen written as Python writes it."""
    return text if text.isprintable() else "".join(map(_shown, text))


def printable_lines(text: str) -> str:
    """Return a text whose line breaks are its own, each line made printable."""
    return "\n".join(printable(line) for line in text.split("\n"))


def plain(text: str) -> str:
    """Return a text for people to read: its line breaks stay, what else acts on their screen goes.

    A tab or another separator becomes a space, so that no words grow together.
    """
    return "".join(" " if letter in _SEPARATORS else letter for letter in text if not _is_dropped(letter))


def _is_dropped(letter: str) -> bool:
    return letter != "\n" and letter not in _SEPARATORS and is_acting(letter)


def is_acting(letter: str) -> bool:
    """Whether a character moves the cursor, breaks the line, turns the direction, or cannot be seen."""
    return letter != _JOINER and unicodedata.category(letter) in _ACTING


@lru_cache(maxsize=4_096)
def _shown(letter: str) -> str:
    return repr(letter)[1:-1] if is_acting(letter) else letter
