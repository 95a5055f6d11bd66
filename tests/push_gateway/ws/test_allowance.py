"""What a client may send: a browser is never cut, a flood always, however it is spread."""

from hypothesis import given
from hypothesis import strategies as st

from push_gateway.ws.allowance import BURST, DROPS, DROPS_PER_SECOND, PER_SECOND, Allowance, Verdict

pauses = st.lists(st.floats(0.0, 30.0), min_size=1, max_size=20)


@given(pauses, st.integers(0, 60))
def test_a_client_that_keeps_to_the_rate_loses_nothing_even_after_it_slept(
    slept: list[float], each: int
) -> None:
    allowance, now = Allowance(), 0.0
    for pause in slept:
        now += pause
        verdicts = {allowance.take(0, now) for _ in range(min(each, int(pause * PER_SECOND)))}
        assert verdicts <= {Verdict.TAKE}


@given(st.integers(1, 720), pauses)
def test_a_client_that_wakes_up_and_sends_a_burst_is_not_cut(burst: int, before: list[float]) -> None:
    allowance, now = Allowance(), 0.0
    for pause in before:
        now += pause
        assert allowance.take(0, now) is Verdict.TAKE
    now += 120.0

    verdicts = [allowance.take(0, now) for _ in range(burst)]

    assert Verdict.CUT not in verdicts
    assert abs(verdicts.count(Verdict.TAKE) - min(burst, BURST)) <= 1


@given(st.floats(70.0, 1e6), st.integers(0, 1024))
def test_a_flood_is_cut_after_a_bounded_number_however_its_frames_are_spread(rate: float, size: int) -> None:
    allowance = Allowance()
    most = (BURST + DROPS) / (1 - (PER_SECOND + DROPS_PER_SECOND) / rate) + 2

    sent = next(count for count in range(1, 20_000) if allowance.take(size, count / rate) is Verdict.CUT)

    assert sent <= most


@given(st.lists(st.tuples(st.floats(0.0, 2.0), st.integers(0, 400)), min_size=1, max_size=30))
def test_no_more_is_taken_or_dropped_than_the_time_allows(bursts: list[tuple[float, int]]) -> None:
    allowance, now, verdicts = Allowance(), 0.0, list[Verdict]()
    for pause, frames in bursts:
        now += pause
        verdicts += [allowance.take(0, now) for _ in range(frames)]
    dropped = sum(verdict in (Verdict.WARN, Verdict.DROP) for verdict in verdicts)

    assert verdicts.count(Verdict.TAKE) <= BURST + PER_SECOND * now + 1
    assert dropped <= DROPS + DROPS_PER_SECOND * now + 1
