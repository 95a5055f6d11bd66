"""The pure parts of the benchmarks: figures, the page."""

from bench import report
from bench.result import Result, Target, cell, p50_p99, paired
from bench.webhooks import body, request
from testbed.document import machine
from worker.messages.webhook import read_webhook

ABOUT = "Some CPU, 2 cores"
HOP = Result(
    "Ingest",
    "What it is.",
    ("", "requests/s"),
    (("ours", "9"),),
    (
        Target("fast", 0.9, 0.8, "×"),
        Target("late", 12, 8, " ms", at_least=False),
    ),
)


def test_nothing_that_arrived_is_infinitely_late() -> None:
    assert p50_p99([]) == (float("inf"), float("inf"))
    assert p50_p99([7.0]) == (7.0, 7.0)
    assert p50_p99([float(number) for number in range(101)]) == (50.0, 99.0)


def test_runs_of_the_same_round_are_compared_with_each_other() -> None:
    assert paired([2.0, 30.0, 8.0], [1.0, 10.0, 2.0]) == 3.0


def test_several_runs_are_told_by_their_median_and_extremes() -> None:
    assert cell([3000.0, 9000.0, 1000.0], 0) == "3,000 (1,000–9,000)"


def test_a_target_is_met_on_its_own_side_of_the_bound() -> None:
    assert [one.met for one in HOP.targets] == [True, False]


def test_a_missed_target_is_named_and_marked() -> None:
    page = report.page([HOP], ABOUT, "## Why\n\nMeasured.")

    assert "late: 12 ms (at most 8 ms) **missed**" in page
    assert "**1 of 2 targets are met.**" in page
    assert page.endswith("Measured.\n")


def test_what_could_not_be_measured_has_a_place_of_its_own_and_no_table() -> None:
    gone = Result("Fan out", "Could not be measured: too late (TimeoutError)")
    page = report.page([HOP, gone], ABOUT, "")

    assert "## Fan out\n\nCould not be measured: too late (TimeoutError)\n" in page


def test_the_page_says_where_when_and_how_busy() -> None:
    assert ABOUT in report.page([HOP], ABOUT, "")
    assert all(word in machine() for word in (" UTC, commit `", " cores, "))


def test_a_made_up_webhook_is_one_that_the_worker_understands() -> None:
    made = body(301200100, "chat", "m1", 1_757_403_725)
    (read,) = read_webhook(made, 301200100, 1_757_403_726).messages

    assert (read.id, read.chat_id) == ("m1", "chat")
    assert 590 <= len(made) <= 600
    assert request("/x", made).endswith(b"\r\n\r\n" + made)
