"""When the next sweep begins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.sync.intervals import SyncIntervals
from worker.sync.subscription.mode import Mode
from worker.sync.sweep.scheduler import EARLY_GAP_S, SweepReasons, due_at

NOW = 1_757_400_000.0
PACE = SyncIntervals()

wishes = st.builds(
    SweepReasons,
    began=st.floats(NOW - 1000, NOW + 1000),
    failures=st.integers(0, 50),
    at_once=st.booleans(),
    asked_at=st.none() | st.floats(NOW - 10, NOW),
)


@pytest.mark.parametrize(
    ("wish", "mode", "after_s"),
    [
        pytest.param(SweepReasons(NOW), "webhook", 300, id="the safety net"),
        pytest.param(SweepReasons(NOW), "polling", 30, id="polling"),
        pytest.param(SweepReasons(NOW, at_once=True), "webhook", 10, id="wanted at once"),
        pytest.param(SweepReasons(NOW, failures=1), "webhook", 10, id="failed once"),
        pytest.param(SweepReasons(NOW, failures=3), "webhook", 40, id="failed three times"),
        pytest.param(SweepReasons(NOW, failures=30), "webhook", 300, id="fails for long"),
        pytest.param(SweepReasons(NOW, failures=30), "polling", 30, id="fails for long while polling"),
        pytest.param(SweepReasons(NOW - 60, asked_at=NOW), "webhook", 0, id="asked for by hints"),
        pytest.param(SweepReasons(NOW, asked_at=NOW), "webhook", 5, id="asked for right after a sweep"),
    ],
)
def test_the_next_sweep_begins(wish: SweepReasons, mode: Mode, after_s: float) -> None:
    assert due_at(wish, mode, NOW, PACE) == NOW + after_s


@given(wishes, st.sampled_from(["webhook", "polling"]))
def test_a_sweep_is_never_later_than_the_mode_promises(wish: SweepReasons, mode: Mode) -> None:
    assert due_at(wish, mode, NOW, PACE) <= max(NOW, wish.began + PACE.sweep_s)


@given(wishes, st.sampled_from(["webhook", "polling"]))
def test_sweeps_keep_their_distance(wish: SweepReasons, mode: Mode) -> None:
    if wish.began <= NOW:
        assert due_at(wish, mode, NOW, PACE) >= wish.began + EARLY_GAP_S


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    assert due_at(SweepReasons(began=NOW + 3600), "webhook", NOW, PACE) == NOW
