"""What the doctor finds: words and states from findings.toml; the table and the verdict. Pure."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any, Literal, TypeAlias

from avito_live.webhook_setup.words import Language
from shared.printable import printable

State: TypeAlias = Literal["right", "warning", "wrong"]

_SIGNS: dict[State, tuple[str, str]] = {"right": ("✓", "32"), "warning": ("!", "33"), "wrong": ("✗", "31")}
_LANGUAGES: dict[Language, int] = {"ru": 0, "en": 1}
_VERDICTS: dict[str, tuple[str, str]] = {
    "wrong": ("Неисправно: {wrong}, предупреждений: {warning}.", "Wrong: {wrong}, warnings: {warning}."),
    "warning": ("Неисправностей нет, предупреждений: {warning}.", "Nothing is wrong, warnings: {warning}."),
    "right": ("Всё в порядке.", "Everything is in order."),
}
_READ: dict[str, Any] = tomllib.loads(
    files(__package__).joinpath("findings.toml").read_text(encoding="utf-8")
)
CHECKS: dict[str, tuple[str, str]] = _READ.pop("checks")
"""The names of the checks in Russian and English, in the order of the table."""


@dataclass(frozen=True, slots=True)
class KnownFinding:
    """One entry of findings.toml. `of` is "" where the check is told by the row."""

    state: State
    found: tuple[str, str]
    fix: tuple[str, str] = ("", "")
    of: str = ""
    because: tuple[str, ...] = ()


FINDINGS: dict[str, KnownFinding] = {name: KnownFinding(**entry) for name, entry in _READ.items()}


@dataclass(frozen=True, slots=True)
class Row:
    """A finding with the values of its blanks."""

    name: str
    check: str
    state: State
    values: Mapping[str, object]

    def if_meant(self, *, meant: bool) -> "Row":
        """Return it as a warning where the owner has asked for what it finds."""
        return replace(self, state="warning") if meant and self.state == "wrong" else self


def row(finding: str, check: str = "", /, **values: object) -> Row:
    """Return the row of a finding; `check` for those that any check may have."""
    known = FINDINGS[finding]
    return Row(finding, check or known.of, known.state, values)


def without_consequences(rows: Sequence[Row]) -> list[Row]:
    """Leave out what another finding explains, so that one cause is told once."""
    causes = {name for row in rows if row.state != "right" for name in (row.name, f"{row.check}.*")}
    return [row for row in rows if not causes.intersection(FINDINGS[row.name].because)]


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Sort the rows by their checks."""
    places = {check: place for place, check in enumerate(CHECKS)}
    return sorted(rows, key=lambda row: places[row.check])


def worst(rows: Iterable[Row]) -> State:
    """Return the worst state; `right` for no rows."""
    states = {row.state for row in rows}
    return next((state for state in ("wrong", "warning") if state in states), "right")


def verdict(rows: Sequence[Row], language: Language) -> str:
    """Return the last line, which names the worst state and how often there is one."""
    counts = {state: sum(row.state == state for row in rows) for state in ("wrong", "warning")}
    return _VERDICTS[worst(rows)][_LANGUAGES[language]].format(**counts)


def table(
    rows: Sequence[Row], language: Language, levers: Mapping[str, str], *, colour: bool = False
) -> list[str]:
    """Return the lines of the table; the remedy is below its row. `levers`: how this system is started."""
    number = _LANGUAGES[language]
    wide = max((len(CHECKS[row.check][number]) for row in rows), default=0)
    lines = []
    for row in rows:
        sign, code = _SIGNS[row.state]
        shown = f"\x1b[{code}m{sign}\x1b[0m" if colour else sign
        finding, values = FINDINGS[row.name], _printable({**levers, **row.values})
        lines.append(f"{shown} {CHECKS[row.check][number]:<{wide}}  {finding.found[number].format(**values)}")
        if finding.fix[number]:
            lines.append(f"  {'':<{wide}}  → {finding.fix[number].format(**values)}")
    return lines


def _printable(values: Mapping[str, object]) -> dict[str, object]:
    return {name: printable(one) if isinstance(one, str) else one for name, one in values.items()}
