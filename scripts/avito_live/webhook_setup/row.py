"""The doctor's table: a row for each check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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


def _row(state: State, what: str, found: str, fix: str = "", /, **values: object) -> Row:
    return Row(what, state, found, fix, values)


good = partial(_row, "good")
warning = partial(_row, "warning")  # it may be intended
bad = partial(_row, "bad")


def judged(what: str, found: str, fix: str, *, ok: bool, **values: object) -> Row:
    """Return a row for a check that passed or must be fixed."""
    return good(what, found, **values) if ok else bad(what, found, fix, **values)


def table(rows: Sequence[Row], language: Language, *, colour: bool) -> list[str]:
    """Return the lines of the table; the fix is below its row. Pure."""
    wide = max(len(say(language, row.what)) for row in rows)
    lines = []
    for row in rows:
        sign, code = _SIGNS[row.state]
        shown = f"\x1b[{code}m{sign}\x1b[0m" if colour else sign
        lines.append(f"{shown} {say(language, row.what):<{wide}}  {say(language, row.found, **row.values)}")
        if row.fix:
            lines.append(f"  {'':<{wide}}  → {say(language, row.fix, **row.values)}")
    return lines
