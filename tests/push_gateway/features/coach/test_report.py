"""Reports of first answers: days, weeks, medians and shares."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from push_gateway.features.coach import csv_table
from push_gateway.features.coach.report import AnsweredWait, Figures, late_since, left_s, report
from shared.working_hours.hours import Hours
from shared.working_hours.open_time import open_time

MOSCOW = ZoneInfo("Europe/Moscow")
FRIDAY = date(2026, 11, 20)
DAY = timedelta(days=1)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW).timestamp()


def answer(begin: str, seconds: float, operator: str | None = "olga") -> AnsweredWait:
    return (at(begin), at(begin) + seconds, operator)


def test_a_day_has_its_median_and_the_share_within_five_minutes() -> None:
    answers = [
        answer("2026-11-20T10:00", 60),
        answer("2026-11-20T11:00", 300),
        answer("2026-11-20T12:00", 301, "vera"),
        answer("2026-11-20T13:00", 7200, None),
    ]

    told = report(answers, Hours(), FRIDAY, FRIDAY, "day")

    assert told.all == Figures(4, 2, 300.5)
    assert told.all.share == 0.5
    assert told.operators == {
        "olga": Figures(2, 2, 180.0),
        "vera": Figures(1, 0, 301.0),
        None: Figures(1, 0, 7200.0),
    }
    assert list(told.operators) == ["olga", "vera", None]


def test_an_answer_belongs_to_the_day_its_wait_began_where_the_shop_is() -> None:
    answers = [answer("2026-11-20T23:00", 10 * 3600 + 300), answer("2026-11-21T00:30", 60)]

    told = report(answers, Hours(), FRIDAY, FRIDAY + DAY, "day")

    assert [(period.first, period.all) for period in told.periods] == [
        (FRIDAY, Figures(1, 1, 300.0)),
        (FRIDAY + DAY, Figures(1, 1, 0.0)),
    ]


def test_days_without_an_answer_are_reported_as_such() -> None:
    told = report([], Hours(), FRIDAY, FRIDAY + 2 * DAY, "day")

    assert [(period.first, period.all.count, period.all.median_s) for period in told.periods] == [
        (FRIDAY + n * DAY, 0, None) for n in range(3)
    ]
    assert told.all.share is None


def test_weeks_begin_on_monday_and_are_cut_to_the_asked_range() -> None:
    answers = [answer("2026-11-20T10:00", 60), answer("2026-11-23T10:00", 900)]

    told = report(answers, Hours(), FRIDAY, date(2026, 11, 24), "week")

    spans = [(period.first, period.last, period.all.count) for period in told.periods]
    assert spans == [
        (FRIDAY, date(2026, 11, 22), 1),
        (date(2026, 11, 23), date(2026, 11, 24), 1),
    ]


def test_the_time_left_stands_still_while_closed() -> None:
    since = at("2026-11-20T20:58")
    clock = open_time(Hours(), since, at("2026-11-21T12:00"))

    assert left_s(since, at("2026-11-20T20:59"), clock) == 240
    assert left_s(since, at("2026-11-21T03:00"), clock) == 180
    assert left_s(since, at("2026-11-21T09:04"), clock) == -60
    assert late_since(at("2026-11-21T09:02"), clock) == at("2026-11-20T20:57")


@pytest.mark.parametrize("name", ["=cmd()", "＝cmd()"])
def test_excel_reads_the_table_and_a_name_is_never_a_formula(name: str) -> None:
    answers = [answer("2026-11-20T10:00", 60, name), answer("2026-11-20T11:00", 600, None)]

    lines = (
        csv_table.write(report(answers, Hours(), FRIDAY, FRIDAY + DAY, "day"))
        .decode("utf-8-sig")
        .splitlines()
    )

    assert lines == [
        "from;to;operator;answers;median_seconds;within_5_minutes_percent",
        "2026-11-20;2026-11-20;(all);2;330;50",
        f"2026-11-20;2026-11-20;'{name};1;60;100",
        "2026-11-20;2026-11-20;(Avito app);1;600;0",
        "2026-11-21;2026-11-21;(all);0;;",
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 20 * 86_400), st.integers(0, 200_000), st.sampled_from(["olga", "vera", None])
        ),
        max_size=30,
    ),
    st.sampled_from(["day", "week"]),
    st.randoms(use_true_random=False),
)
def test_each_answer_counts_once_in_any_order(rows: Any, by: Any, chance: Any) -> None:
    begin = at("2026-11-01T00:00")
    answers: list[AnsweredWait] = [(begin + after, begin + after + wait, who) for after, wait, who in rows]
    shuffled = answers[:]
    chance.shuffle(shuffled)

    told = report(answers, Hours(), date(2026, 11, 1), date(2026, 11, 21), by)

    assert told == report(shuffled, Hours(), date(2026, 11, 1), date(2026, 11, 21), by)
    for figures in (told.periods, [told]):
        assert sum(one.all.count for one in figures) == len(answers)
        assert sum(each.count for one in figures for each in one.operators.values()) == len(answers)


@pytest.mark.parametrize("age", [0.0, 299.0, 300.0])
def test_a_later_wait_can_still_be_answered_in_time(age: float) -> None:
    now = at("2026-11-20T12:00")
    clock = open_time(Hours(), now, now)

    assert (now - age > late_since(now, clock)) == (left_s(now - age, now, clock) > 0)
