"""A part's output in its short form, and how often the part is started again."""

import pytest

from avito_live.runner.supervisor import next_delay
from avito_live.runner.terminal import short


@pytest.mark.parametrize(
    ("part", "line", "shown"),
    [
        (
            "worker",
            "12:00:00.123 INFO    worker.intake: committed chat=7",
            "worker    worker.intake: committed chat=7",
        ),
        (
            "worker",
            "12:00:00.123 INFO    worker.intake: worker.intake.done n=1",
            "worker    worker.intake.done n=1",
        ),
        ("ingest", "12:00:00.123 WARNING ingest: spooling", "ingest    WARNING ingest: spooling"),
        ("worker", "Traceback (most recent call last):", None),
        ("worker", '  File "x.py", line 1', None),
        ("worker", "ValueError: no", "worker    ValueError: no"),
        ("worker", "   ", None),
        ("redis", "7:M 22 Nov 2025 13:00:00.123 * Ready to accept connections tcp", None),
        ("redis", "7:M 22 Nov 2025 13:00:00.123 # WARNING Memory overcommit must be enabled!", None),
        (
            "redis",
            "7:M 22 Nov 2025 13:00:00.123 # Error writing to the AOF",
            "redis     Error writing to the AOF",
        ),
    ],
)
def test_the_terminal_shows_a_line_in_its_short_form(part: str, line: str, shown: str | None) -> None:
    assert short(part, line, 160) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("12:00:00.123 INFO    worker.intake: committed chat=7", None),
        ("12:00:00.123 WARNING ingest: spooling", "ingest    WARNING ingest: spooling"),
        ("Avito simulator: http://127.0.0.1:8003", None),
    ],
)
def test_until_everything_runs_only_trouble_is_shown(line: str, shown: str | None) -> None:
    assert short("ingest", line, 160, quiet=True) == shown


def test_a_long_line_is_cut_to_the_terminals_width() -> None:
    shown = short("worker", "x" * 500, 60)

    assert shown is not None
    assert len(shown) == 60
    assert shown.endswith("…")


def test_a_part_that_keeps_dying_is_started_ever_later_and_then_given_up() -> None:
    deaths: list[float] = []

    assert [next_delay(deaths, now) for now in range(6)] == [0.5, 1.0, 2.0, 4.0, 8.0, None]


def test_a_death_now_and_then_is_forgiven() -> None:
    deaths: list[float] = []

    assert [next_delay(deaths, now * 200.0) for now in range(20)] == [0.5] * 20
