"""The rate limiter of unverified webhooks."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.store.rate_limiter import WindowLimiter


def test_an_address_may_post_as_often_as_the_limit() -> None:
    limiter = WindowLimiter(limit=3, window_s=60)

    assert [limiter.allows("a", now) for now in (0.0, 1.0, 2.0, 3.0)] == [True, True, True, False]


def test_addresses_are_limited_independently() -> None:
    limiter = WindowLimiter(limit=1, window_s=60)

    assert [limiter.allows(address, 0.0) for address in ("a", "a", "b")] == [True, False, True]


def test_after_the_window_an_address_may_post_again() -> None:
    limiter = WindowLimiter(limit=1, window_s=60)

    assert [limiter.allows("a", now) for now in (5.0, 64.9, 65.0)] == [True, False, True]


def test_addresses_beyond_the_table_share_one_limit() -> None:
    limiter = WindowLimiter(limit=1, window_s=60, addresses=2)

    assert [limiter.allows(address, 0.0) for address in ("a", "b", "c", "d")] == [True, True, True, False]


@given(st.lists(st.tuples(st.text(max_size=3), st.floats(0, 1e6)), max_size=200))
def test_the_table_stays_bounded_for_any_addresses(posts: list[tuple[str, float]]) -> None:
    limiter = WindowLimiter(limit=2, window_s=10, addresses=5)

    for address, now in sorted(posts, key=lambda post: post[1]):
        limiter.allows(address, now)

    assert len(limiter._counts) <= 6
