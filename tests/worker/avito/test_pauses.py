from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.avito.backpressure import LONGEST_S, Limits, pause_after, read_limits

NOW = 1_757_403_725.0
CHANCES = st.floats(0, 1)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        (format_datetime(datetime.fromtimestamp(NOW + 90, UTC), usegmt=True), 90),
        (format_datetime(datetime.fromtimestamp(NOW - 90, UTC), usegmt=True), 0),
        ("-3", 0),
        ("999999", LONGEST_S),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert read_limits({"retry-after": text}, NOW) == Limits(retry_after=seconds)


@pytest.mark.parametrize("text", ["30", str(int(NOW) + 30)])
def test_the_reset_of_a_window_is_seconds_or_a_unix_time(text: str) -> None:
    assert read_limits({"x-ratelimit-reset": text}, NOW) == Limits(reset=30)


@pytest.mark.parametrize("off_s", [-3_000, 3_000])
@pytest.mark.parametrize("name", ["retry-after", "x-ratelimit-reset"])
def test_a_wrong_clock_here_does_not_lengthen_a_pause(name: str, off_s: float) -> None:
    until = format_datetime(datetime.fromtimestamp(NOW + 30, UTC), usegmt=True)
    said = until if name == "retry-after" else str(int(NOW) + 30)
    headers = {name: said, "date": format_datetime(datetime.fromtimestamp(NOW, UTC), usegmt=True)}

    limits = read_limits(headers, NOW + off_s)

    assert (limits.retry_after or limits.reset) == 30


def test_limits_are_read_as_avito_writes_them() -> None:
    headers = {"x-ratelimit-limit": "500", "x-ratelimit-remaining": "0"}

    assert read_limits(headers, NOW) == Limits(per_minute=500, remaining=0)


@given(
    st.dictionaries(st.sampled_from(["retry-after", "x-ratelimit-limit", "x-ratelimit-remaining"]), st.text())
)
def test_any_header_gives_a_bounded_pause(headers: dict[str, str]) -> None:
    limits = read_limits(headers, NOW)

    assert 0 <= pause_after(429, limits, 1, 0.5) <= LONGEST_S


@pytest.mark.parametrize(
    ("status", "limits", "denials", "pause"),
    [
        (200, Limits(), 0, 0),
        (200, Limits(remaining=3), 0, 0),
        (200, Limits(remaining=0, reset=20), 0, 20),
        (200, Limits(remaining=0), 0, 1),
        (429, Limits(retry_after=5, reset=50), 1, 5),
        (429, Limits(reset=50), 1, 50),
        (429, Limits(), 1, 1),
        (429, Limits(), 3, 4),
        (503, Limits(retry_after=9), 0, 9),
        (503, Limits(), 0, 0),
    ],
)
def test_all_workers_pause_as_avito_says_else_by_backoff(
    status: int, limits: Limits, denials: int, pause: float
) -> None:
    assert pause_after(status, limits, denials, 1.0) == pause
