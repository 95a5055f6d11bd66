"""The doctor's table: a row for each check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from avito_live.webhook_setup.words import Language, say

State: TypeAlias = Literal["good", "warning", "bad"]
_SIGNS: dict[State, tuple[str, str]] = {"good": ("✓", "32"), "warning": ("!", "33"), "bad": ("✗", "31")}


@dataclass(frozen=True, slots=True)
class Row:
    """What was checked, its state, what was found, how to fix it: words of words.toml, and their values."""

    what: str
    state: State
    found: str
    fix: str
    values: Mapping[str, object]


def good(what: str, found: str, **values: object) -> Row:
    """Return a row for a check that passed."""
    return Row(what, "good", found, "", values)


def warning(what: str, found: str, fix: str = "", **values: object) -> Row:
    """Return a row for something that may be intended."""
    return Row(what, "warning", found, fix, values)


def bad(what: str, found: str, fix: str, **values: object) -> Row:
    """Return a row for something that must be fixed."""
    return Row(what, "bad", found, fix, values)


def table(rows: Sequence[Row], language: Language, *, colour: bool) -> list[str]:
    """Return the lines of the table; the fix is below its row. Pure."""
    names = [say(language, row.what) for row in rows]
    wide = max(map(len, names), default=0)
    lines = []
    for name, row in zip(names, rows, strict=True):
        sign, code = _SIGNS[row.state]
        shown = f"\x1b[{code}m{sign}\x1b[0m" if colour else sign
        lines.append(f"{shown} {name:<{wide}}  {say(language, row.found, **row.values)}")
        if row.fix:
            lines.append(f"  {'':<{wide}}  → {say(language, row.fix, **row.values)}")
    return lines
