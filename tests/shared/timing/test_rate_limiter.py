"""How often something may be done."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared.timing.rate_limiter import RateLimiter, RateLimiters

gaps = st.lists(st.floats(0, 5), min_size=1, max_size=200)


def test_a_burst_is_allowed_and_then_the_rate() -> None:
    limiter = RateLimiter(per_second=2, burst=3)

    assert [limiter.take(0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert limiter.take(0.25) == 0.25
    assert limiter.take(0.5) == 0


def test_what_costs_more_takes_more_of_the_burst() -> None:
    limiter = RateLimiter(per_second=2, burst=3)

    assert [limiter.take(0.0, cost) for cost in (2.5, 1, 0.5)] == [0, 0.25, 0]


def test_a_pause_holds_back_the_burst_too() -> None:
    limiter = RateLimiter(per_second=2, burst=3)

    limiter.pause(10.0, 5.0)

    assert (limiter.take(10.0), limiter.take(15.0), limiter.take(15.0)) == (5, 0, 0.5)


@given(gaps)
def test_never_more_than_the_burst_and_the_rate_together(gaps: list[float]) -> None:
    limiter, now, taken = RateLimiter(per_second=3, burst=5), 0.0, 0
    for gap in gaps:
        now += gap
        taken += not limiter.take(now)

    assert taken <= 5 + 3 * (now - gaps[0]) + 1e-6


@given(gaps)
def test_one_who_waits_as_told_is_allowed(gaps: list[float]) -> None:
    limiter, now = RateLimiter(per_second=3, burst=5), 0.0
    for gap in gaps:
        now += gap
        if wait := limiter.take(now):
            now += wait + 1e-6
            assert limiter.take(now) == 0


@given(gaps, st.floats(0.01, 2))
def test_a_limiter_without_a_burst_keeps_its_interval(gaps: list[float], interval: float) -> None:
    limiter, now, went = RateLimiter(1 / interval), 0.0, []
    for gap in gaps:
        now += gap
        if not limiter.take(now):
            went.append(now)

    assert all(later - earlier >= interval * (1 - 1e-9) for earlier, later in pairwise(went))


def test_each_name_has_a_limit_of_its_own() -> None:
    limiters = RateLimiters(per_second=1)

    assert [limiters.take(name, 0.0) for name in ("a", "b", "a")] == [0, 0, 1]


def test_the_names_in_memory_are_bounded_and_the_newest_stay() -> None:
    limiters = RateLimiters(per_second=1, names=10)
    for number in range(100):
        limiters.take(str(number), 0.0)

    assert len(limiters._by_name) == 10
    assert (limiters.take("99", 0.0), limiters.take("0", 0.0)) == (1, 0)
