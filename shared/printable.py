"""Text from outside, shown in a terminal, a log or a message: it cannot act on what shows it. Pure."""

import unicodedata
from functools import lru_cache

# Control characters, marks that turn the direction or are not seen, halves of characters, line breaks.
_ACTING = ("Cc", "Cf", "Cs", "Zl", "Zp")
_JOINER = "\u200d"  # of emoji


def printable(text: str) -> str:
    """Return a text as one line, with what could act on the reader's screen written as Python writes it."""
    return text if text.isprintable() else "".join(map(_shown, text))


def printable_lines(text: str) -> str:
    """Return a text whose line breaks are its own, each line made printable."""
    return "\n".join(printable(line) for line in text.split("\n"))


def plain(text: str) -> str:
    """Return a text for people to read: without what acts on their screen, its line breaks as they are."""
    return "".join(letter for letter in text if letter == "\n" or not is_acting(letter))


def is_acting(letter: str) -> bool:
    """Whether a character moves the cursor, breaks the line, turns the direction, or cannot be seen."""
    return letter != _JOINER and unicodedata.category(letter) in _ACTING


@lru_cache(maxsize=4_096)
def _shown(letter: str) -> str:
    return repr(letter)[1:-1] if is_acting(letter) else letter
