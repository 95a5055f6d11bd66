"""What counts as a broken promise, and the table of outcomes."""

from dataclasses import replace
from typing import Any

import pytest

from chaos.outcome import Outcome, TableRow, broken_promises, table
from chaos.report import fill

GOOD = Outcome(
    written=700,
    answered=650,
    late=0,
    swept=50,
    lost=0,
    doubled=0,
    dead=0,
    holes=0,
    repeats=0,
    rereads=2,
    logouts=0,
    recovery_s=1.25,
    equal=True,
)


def test_what_was_never_answered_200_may_come_by_the_sweep() -> None:
    assert broken_promises(GOOD) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"lost": 3}, "3 lost"),
        ({"late": 1}, "1 answered 200, but shown only by the sweep"),
        ({"doubled": 2}, "2 announced twice as new"),
        ({"dead": 1}, "1 dead letters"),
        ({"holes": 1}, "1 holes in the events of the screen"),
        ({"repeats": 4}, "4 events that the screen got again"),
        ({"logouts": 1}, "1 logouts"),
        ({"distrusted": 1}, "1 switches to polling though no webhook was lost"),
        ({"equal": False}, "threads differ from Avito's"),
        ({"notes": ("the disk was not full",)}, "the disk was not full"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_everything_else_is_a_broken_promise(changed: dict[str, Any], words: str) -> None:
    assert broken_promises(replace(GOOD, **changed)) == [words]


def test_a_redis_that_lost_confirmed_writes_needs_only_the_sweep() -> None:
    assert broken_promises(replace(GOOD, late=9), needs_sweep=True) == []
    assert broken_promises(replace(GOOD, late=9, lost=1), needs_sweep=True) == ["1 lost"]


def test_the_table_has_a_row_for_each_fault_and_says_what_was_skipped() -> None:
    lines = [
        TableRow("one", outcome=GOOD),
        TableRow("two", needs_sweep=True, outcome=replace(GOOD, lost=1)),
        TableRow("three", skipped="no clock"),
    ]

    _, _, *rows = table(lines).splitlines()

    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert cells[0] == ["one", "700", "650", "50", "0", "0", "2", "1.2 s", "pass"]
    assert (cells[1][0], cells[1][-1]) == ("two ✻", "1 lost")
    assert (cells[2][0], cells[2][-1]) == ("three", "skipped: no clock")


def test_only_the_table_in_the_document_is_replaced() -> None:
    document = "before\n<!-- table: written by `make chaos` -->\nold\n<!-- end of table -->\nafter\n"

    assert fill(document, "new") == document.replace("old", "new")


def test_a_document_without_a_place_for_the_table_is_left_alone() -> None:
    with pytest.raises(ValueError, match="no marks"):
        fill("nothing here", "new")
