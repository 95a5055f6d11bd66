"""One row of the doctor's table."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

State: TypeAlias = Literal["good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Row:
    """What was checked (a key of doctor/words.py), its state, what was found, and how to fix it."""

    what: str
    state: State
    found: str
    fix: str = ""


def good(what: str, found: str) -> Row:
    """Return a row for a check that passed."""
    return Row(what, "good", found)


def warning(what: str, found: str, fix: str) -> Row:
    """Return a row for something that may be intended."""
    return Row(what, "warning", found, fix)


def bad(what: str, found: str, fix: str) -> Row:
    """Return a row for something that must be fixed."""
    return Row(what, "bad", found, fix)
