"""Working hours: which settings are valid, and how waits are measured in them."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.working_hours.hours import BadHoursError, Hours, Setting, parse, read, to_json
from shared.working_hours.open_time import OpenTime, begin_of, day_of, open_time

MOSCOW = "Europe/Moscow"
USUAL: dict[str, Any] = {
    "zone": MOSCOW,
    "days": [["09:00", "21:00"]] * 5 + [["10:00", "18:00"], None],
    "automatic": {"enabled": True, "text": "Ответим утром"},
}


def at(text: str, zone: str = MOSCOW) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def clock(hours: Hours, first: str, last: str) -> OpenTime:
    return open_time(hours, at(first, hours.zone), at(last, hours.zone))


def working_s(hours: Hours, begin: str, end: str) -> float:
    return clock(hours, begin, end).seconds(at(begin, hours.zone), at(end, hours.zone))


def test_a_setting_is_read_back_and_the_default_is_nine_to_nine_in_moscow() -> None:
    setting = parse(USUAL)

    assert to_json(setting) == USUAL
    assert read(orjson.dumps(to_json(setting))) == setting
    assert read(None) == Setting(Hours(MOSCOW, ((540, 1260),) * 7), automatic=False)
    assert read(b"{damaged") == read(b'{"zone":1}') == Setting()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"zone": "Moscow/Europe"}, "bad_zone"),
        ({"zone": "../../etc/passwd"}, "bad_zone"),
        ({"zone": None}, "bad_zone"),
        ({"days": [["09:00", "21:00"]] * 6}, "bad_days"),
        ({"days": [["9:00", "21:00"]] * 7}, "bad_days"),
        ({"days": [["09:00", "24:30"]] * 7}, "bad_days"),
        ({"days": [["09:00"]] * 7}, "bad_days"),
        ({"days": "09:00-21:00"}, "bad_days"),
        ({"days": [None] * 7}, "never_open"),
        ({"automatic": {"enabled": "yes", "text": "x"}}, "bad_automatic"),
        ({"automatic": None}, "bad_automatic"),
        ({"automatic": {"enabled": False, "text": " \n"}}, "bad_text"),
        ({"automatic": {"enabled": False, "text": "я" * 1001}}, "bad_text"),
    ],
)
def test_an_invalid_setting_is_refused_with_a_reason(change: dict[str, Any], code: str) -> None:
    with pytest.raises(BadHoursError) as refused:
        parse(USUAL | change)

    assert refused.value.code == code


def test_a_question_at_23_answered_at_nine_oh_five_waited_five_minutes() -> None:
    assert working_s(Hours(), "2026-11-20T23:00", "2026-11-21T09:05") == 300
    assert working_s(Hours(), "2026-11-20T20:58", "2026-11-21T09:05") == 120 + 300
    assert working_s(Hours(), "2026-11-20T22:00", "2026-11-20T23:30") == 0


def test_a_day_off_and_a_night_shift_count_as_configured() -> None:
    weekdays = Hours(MOSCOW, ((540, 1260),) * 5 + (None, None))
    night = Hours(MOSCOW, ((18 * 60, 26 * 60),) * 7)

    assert working_s(weekdays, "2026-11-20T20:00", "2026-11-23T10:00") == 2 * 3600
    assert working_s(night, "2026-11-20T23:00", "2026-11-21T19:00") == 4 * 3600


def test_the_clock_goes_by_the_shops_time_zone_over_a_change_of_the_clocks() -> None:
    berlin = Hours("Europe/Berlin", ((0, 1440),) * 7)

    assert working_s(berlin, "2026-03-28T12:00", "2026-03-29T12:00") == 23 * 3600
    assert working_s(berlin, "2026-10-24T12:00", "2026-10-25T12:00") == 25 * 3600
    assert day_of(at("2026-11-21T00:30"), "UTC") == date(2026, 11, 20)
    assert begin_of(date(2026, 11, 20), MOSCOW) == at("2026-11-20T00:00")


def test_an_evening_lasts_from_closing_to_opening_and_there_is_none_around_the_clock() -> None:
    weekend = Hours(MOSCOW, ((540, 1260),) * 5 + (None, None))
    always = Hours(MOSCOW, ((0, 1440),) * 7)
    spans = [
        clock(weekend, "2026-11-20T12:00", "2026-11-23T12:00").closed_at(at(moment))
        for moment in ("2026-11-20T20:59", "2026-11-20T21:00", "2026-11-22T12:00", "2026-11-23T09:00")
    ]

    closed = (at("2026-11-20T21:00"), at("2026-11-23T09:00"))
    assert spans == [None, closed, closed, None]
    assert clock(always, "2026-11-20T12:00", "2026-11-20T12:00").closed_at(at("2026-11-20T12:00")) is None


openings = st.one_of(
    st.none(), st.tuples(st.integers(0, 1439), st.integers(1, 1440)).map(lambda day: (day[0], sum(day)))
)
weeks = st.lists(openings, min_size=7, max_size=7).filter(any).map(tuple)
moments = st.integers(1_790_000_000, 1_790_000_000 + 40 * 86_400)


@settings(max_examples=100, deadline=None)
@given(weeks, st.sampled_from([MOSCOW, "Asia/Kamchatka", "America/New_York"]), st.lists(moments, min_size=3))
def test_working_time_adds_up_and_is_never_longer_than_time(week: Any, zone: str, times: list[int]) -> None:
    first, middle, *_, last = sorted(times)
    open_ = open_time(Hours(zone, week), first, last)

    whole = open_.seconds(first, last)
    assert whole == pytest.approx(open_.seconds(first, middle) + open_.seconds(middle, last))
    assert 0 <= whole <= last - first


@settings(max_examples=100, deadline=None)
@given(weeks, moments)
def test_no_time_passes_while_closed_and_every_moment_is_open_or_closed(week: Any, moment: int) -> None:
    open_ = open_time(Hours(MOSCOW, week), moment, moment)

    closed = open_.closed_at(moment)
    if closed:
        assert closed[0] <= moment < closed[1]
        assert open_.seconds(*closed) == 0
    else:
        assert open_.seconds(moment, moment + 1) == 1


@settings(max_examples=100, deadline=None)
@given(weeks, moments, st.integers(1, 300))
def test_so_long_ago_is_so_many_working_seconds_ago(week: Any, moment: int, seconds: int) -> None:
    open_ = open_time(Hours(MOSCOW, week), moment, moment)

    ago = open_.ago(moment, seconds)
    assert ago == open_.openings[0][0] or open_.seconds(ago, moment) == pytest.approx(seconds)
