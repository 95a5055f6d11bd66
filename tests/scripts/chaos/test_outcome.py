"""What counts as a broken promise, and the table of outcomes."""

import pytest

from chaos.outcome import LOGOUTS, SHOWN_BY_SWEEP, Outcome, broken_promises, filled, rows

FIGURES = ("700", "650", "50", "0", "0", "2", "1.2 s")


def test_every_count_but_0_is_a_broken_promise() -> None:
    counts = {"lost": 3, "dead letters": 0, SHOWN_BY_SWEEP: 1}

    assert broken_promises(counts, needs_sweep=False) == ["3 lost", f"1 {SHOWN_BY_SWEEP}"]


def test_a_redis_that_lost_confirmed_writes_needs_only_the_sweep() -> None:
    assert broken_promises({SHOWN_BY_SWEEP: 9, LOGOUTS: 1}, needs_sweep=True) == []
    assert broken_promises({SHOWN_BY_SWEEP: 9, "lost": 1}, needs_sweep=True) == ["1 lost"]


def test_the_table_has_a_row_for_each_fault_and_says_what_was_skipped() -> None:
    outcomes = [
        Outcome("one", needs_sweep=False, figures=FIGURES),
        Outcome("two", needs_sweep=True, figures=FIGURES, broken=["1 lost"]),
        Outcome("three", needs_sweep=False, skipped="no clock"),
    ]

    _, *cells = rows(outcomes)

    assert cells[0] == ("one", *FIGURES, "pass")
    assert (cells[1][0], cells[1][-1]) == ("two ✻", "1 lost")
    assert (cells[2][0], cells[2][-1]) == ("three", "skipped: no clock")


def test_only_the_table_in_the_document_is_replaced() -> None:
    document = "before\n<!-- table: written by `make chaos` -->\nold\n<!-- end of table -->\nafter\n"

    assert filled(document, "new") == document.replace("old", "new")


def test_a_document_without_a_place_for_the_table_is_left_alone() -> None:
    with pytest.raises(ValueError, match="no marks"):
        filled("nothing here", "new")
