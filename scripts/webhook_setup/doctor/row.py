"""One line of the doctor's table."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

State: TypeAlias = Literal["good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Row:
    """What was checked (a word of doctor/words.py), how it is, what was found, and the way out."""

    what: str
    state: State
    found: str
    way_out: str = ""


def good(what: str, found: str) -> Row:
    """All is well."""
    return Row(what, "good", found)


def warning(what: str, found: str, way_out: str) -> Row:
    """May be meant so."""
    return Row(what, "warning", found, way_out)


def bad(what: str, found: str, way_out: str) -> Row:
    """Must be mended."""
    return Row(what, "bad", found, way_out)
