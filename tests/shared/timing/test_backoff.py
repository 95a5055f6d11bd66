"""How long to wait after failures in a row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.timing.backoff import Backoff


@given(st.integers(), st.floats(0, 1))
def test_a_pause_is_never_under_the_first_nor_over_the_longest(failures: int, chance: float) -> None:
    assert 0.02 <= Backoff(0.02, 1.0).pause(failures, chance) <= 1


@pytest.mark.parametrize(
    ("failures", "shortest", "longest"),
    [(0, 1, 1), (1, 1, 1), (2, 1, 2), (3, 2, 4), (6, 16, 32), (7, 30, 60), (10_000, 30, 60)],
)
def test_a_pause_doubles_and_is_spread_over_the_half_of_it(
    failures: int, shortest: float, longest: float
) -> None:
    backoff = Backoff(1.0, 60.0)

    assert (backoff.pause(failures, 0), backoff.pause(failures, 1)) == (shortest, longest)
