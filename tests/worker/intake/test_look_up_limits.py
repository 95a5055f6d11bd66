"""How many unverified webhooks are looked up."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from worker.intake.unverified import A_MINUTE, CHAT_GAP_S, MINUTE_S, LookUpLimits

NOW = 1_757_400_000.0
askings = st.lists(
    st.tuples(st.sampled_from("abcdefghijklmnopqrst"), st.floats(0, 20)), min_size=1, max_size=80
)


def allowed(asked: list[tuple[str, float]]) -> list[tuple[str, float]]:
    limits, now, found = LookUpLimits(), NOW, []
    for chat, gap in asked:
        now += gap
        if limits.may_look_up(chat, now):
            found.append((chat, now))
    return found


@given(askings)
def test_no_minute_sees_more_than_ten_look_ups(asked: list[tuple[str, float]]) -> None:
    times = [at for _, at in allowed(asked)]

    assert all(later - first >= MINUTE_S for first, later in zip(times, times[A_MINUTE:], strict=False))


@given(askings)
def test_a_chat_is_looked_up_once_in_five_seconds(asked: list[tuple[str, float]]) -> None:
    for chat in "abcdefghijklmnopqrst":
        times = [at for asked_chat, at in allowed(asked) if asked_chat == chat]

        assert all(later - first >= CHAT_GAP_S for first, later in pairwise(times))


@given(askings)
def test_rare_look_ups_are_always_allowed(asked: list[tuple[str, float]]) -> None:
    seldom = [(chat, gap + 6.1) for chat, gap in asked]

    assert len(allowed(seldom)) == len(seldom)


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    limits = LookUpLimits()
    for number in range(A_MINUTE):
        assert limits.may_look_up(str(number), NOW)

    assert limits.may_look_up("x", NOW - 3600)
