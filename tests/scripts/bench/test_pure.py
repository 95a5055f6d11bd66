"""The pure parts of the benchmarks: figures, the output of wrk, the page, the plots."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from bench import plots, report
from bench.figures import quantile, ratio, spread
from bench.load import LoadError, LoadResult, read_wrk
from bench.machine import Machine
from bench.result import Result, Target
from bench.webhooks import body, request
from worker.messages.message import WebhookMessage
from worker.messages.reading import read_webhook

WRK = """Running 2s test @ http://127.0.0.1:1/webhook
  Latency Distribution
     50%    1.49ms
     75%    1.90ms
     90%  980.00us
     99%    6.02ms
  65408 requests in 2.00s, 9.11MB read
Requests/sec:  32704.11
"""
MACHINE = Machine("Some CPU", 2, 24.0, "Linux 6", "3.11", "7.0", "abc1234", "2025-09-09 09:42 UTC", 0.4)
HOP = Result(
    "Ingest",
    "What it is.",
    ("", "requests/s"),
    (("ours", "9"),),
    (
        Target("fast", 0.9, 0.8, "×", reason="Never told."),
        Target("late", 12, 8, " ms", at_least=False, reason="It waits for 3 ms."),
    ),
    series={"ours": [(0, 2.0), (1, 3.0)]},
)


def test_a_quantile_is_a_value_that_was_measured() -> None:
    assert [quantile([4.0, 1.0, 3.0, 2.0], part) for part in (0, 0.5, 0.99, 1)] == [1.0, 3.0, 4.0, 4.0]


def test_nothing_to_compare_with_is_infinitely_slower() -> None:
    assert (ratio(6, 3), ratio(1, 0)) == (2, float("inf"))


def test_several_runs_are_told_by_their_median_and_extremes() -> None:
    told = spread([3.0, 9.0, 1.0])
    assert (told.median, told.least, told.most) == (3.0, 1.0, 9.0)


def test_what_wrk_prints_is_read() -> None:
    assert read_wrk(WRK) == LoadResult(65408, 2.0, 1.49, 6.02)


@pytest.mark.parametrize("more", ["Non-2xx or 3xx responses: 3", "Socket errors: connect 0, read 5"])
def test_a_run_with_a_refused_request_does_not_count(more: str) -> None:
    with pytest.raises(LoadError, match=more[:6]):
        read_wrk(WRK + more)


def test_a_target_is_met_on_its_own_side_of_the_bound() -> None:
    assert [one.met for one in HOP.targets] == [True, False]


def test_a_missed_target_is_named_and_marked() -> None:
    page = report.write([HOP], MACHINE, 0.5, 600, "## Why\n\nMeasured.")

    assert report.missed([HOP]) == ["Ingest: late: 12 ms (at most 8 ms)"]
    assert "late: 12 ms (at most 8 ms) **missed**" in page
    assert "**1 of 2 targets are met.**" in page
    assert page.endswith("Measured.\n")


def test_the_page_gives_the_reason_for_what_this_run_missed_and_for_nothing_else() -> None:
    page = report.write([HOP], MACHINE, 0.5, 600, "")

    assert "- **Ingest: late.** It waits for 3 ms." in page
    assert "Never told." not in page
    assert "None was missed" not in page
    assert "None was missed" in report.write([replace(HOP, targets=HOP.targets[:1])], MACHINE, 0.5, 600, "")


@pytest.mark.parametrize(("load", "said"), [(0.4, False), (7.5, True)])
def test_a_busy_machine_is_told_beside_the_reasons(load: float, said: bool) -> None:
    page = report.write([HOP], replace(MACHINE, load=load), 0.5, 600, "")

    assert ("Other programs used a part" in page) is said


def test_what_could_not_be_measured_has_a_place_of_its_own_and_no_table() -> None:
    gone = Result("Fan out", "Could not be measured: too late (TimeoutError)", (), ())
    page = report.write([HOP, gone], MACHINE, 0.5, 600, "")

    assert "## Fan out\n\nCould not be measured: too late (TimeoutError)\n\n##" in page
    assert report.lines(gone) == ["\n== Fan out", "Could not be measured: too late (TimeoutError)"]


def test_the_page_says_where_when_and_how_busy() -> None:
    page = report.write([HOP], MACHINE, 0.5, 600, "")

    for word in ("Some CPU", "2 cores", "2025-09-09 09:42 UTC", "`abc1234`", "Load average 0.4"):
        assert word in page


@pytest.mark.parametrize(
    "picture",
    [
        plots.reached([HOP]),
        plots.latency({"Avito Live p50": [(0, 2.0)], "naive p50": [(0, 300.0)]}, ["idle <now>"]),
        plots.growth({"messages": [(10, 50.0), (1000, 55.0)]}),
        plots.reached([]),
        plots.latency({}, []),
        plots.growth({}),
    ],
    ids=["targets", "latency", "growth", "no targets", "no latency", "no growth"],
)
def test_pictures_are_well_formed(picture: str) -> None:
    assert ET.fromstring(picture).tag.endswith("svg")


def test_a_made_up_webhook_is_one_that_the_worker_understands() -> None:
    made = body(301200100, "chat", "m1", 1_757_403_725)
    read = read_webhook(made, 301200100, 1_757_403_726)

    assert isinstance(read, WebhookMessage)
    assert (read.message.id, read.message.chat_id) == ("m1", "chat")
    assert 590 <= len(made) <= 600
    assert request("/x", made).endswith(b"\r\n\r\n" + made)
