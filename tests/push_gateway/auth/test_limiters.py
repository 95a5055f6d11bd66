"""How often one caller may ask."""

from hypothesis import given
from hypothesis import strategies as st

from push_gateway.auth.limiters import RateLimiter

moments = st.lists(st.floats(0, 5), min_size=1, max_size=200)


def test_a_burst_is_allowed_and_then_the_rate() -> None:
    limiter = RateLimiter(per_second=2, burst=3)

    assert [limiter.take("a", 0.0) for _ in range(4)] == [None, None, None, 0.5]
    assert limiter.take("a", 0.25) == 0.25
    assert limiter.take("a", 0.5) is None


def test_each_caller_has_a_limit_of_its_own() -> None:
    limiter = RateLimiter(per_second=1, burst=1)

    assert (limiter.take("a", 0.0), limiter.take("b", 0.0), limiter.take("a", 0.0)) == (None, None, 1.0)


@given(moments)
def test_never_more_than_the_burst_and_the_rate_together(gaps: list[float]) -> None:
    limiter, now, taken = RateLimiter(per_second=3, burst=5), 0.0, 0
    for gap in gaps:
        now += gap
        taken += limiter.take("a", now) is None

    assert taken <= 5 + 3 * (now - gaps[0]) + 1e-6


@given(moments)
def test_a_caller_that_waits_as_told_is_allowed(gaps: list[float]) -> None:
    limiter, now = RateLimiter(per_second=3, burst=5), 0.0
    for gap in gaps:
        now += gap
        wait = limiter.take("a", now)
        if wait is not None:
            now += wait + 1e-6
            assert limiter.take("a", now) is None


def test_the_memory_is_bounded() -> None:
    limiter = RateLimiter(per_second=1, burst=1, names=10)
    for number in range(100):
        limiter.take(str(number), 0.0)

    assert limiter.take("99", 0.0) == 1.0
    assert limiter.take("0", 0.0) is None
