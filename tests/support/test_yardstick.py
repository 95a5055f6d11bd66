"""The yardstick tells dear work from a slow machine."""

import time

import pytest

from tests.support import yardstick
from tests.support.yardstick import cost_of, least_cost_s


def work(pieces: int) -> None:
    for _ in range(pieces):
        yardstick.do_piece()


def test_ten_times_the_work_costs_about_ten_times_as_much() -> None:
    one, ten = least_cost_s(lambda: work(5)), least_cost_s(lambda: work(50))

    assert 3 < ten / one < 30


def test_on_a_machine_that_is_ten_times_slower_the_same_work_costs_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here, clock = least_cost_s(lambda: work(20)), time.thread_time
    monkeypatch.setattr(time, "thread_time", lambda: 10 * clock())

    there = least_cost_s(lambda: work(20))

    assert 0.3 < there / here < 3


def test_a_machine_that_gets_slow_while_work_is_measured_is_not_taken_for_dear_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = iter([1.0, 4.0])
    monkeypatch.setattr(yardstick, "slowness", lambda: next(slow))
    cpu = iter([10.0, 10.8])

    with cost_of(lambda: next(cpu)) as cost:
        pass

    assert cost.calm_s == pytest.approx(0.2)


def test_one_dear_try_among_cheap_ones_is_put_down_to_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yardstick, "slowness", lambda: 1.0)
    clock = iter([0.0, 9.0, 9.0, 9.1])
    monkeypatch.setattr(time, "thread_time", lambda: next(clock))

    assert least_cost_s(lambda: None, most_s=0.2) == pytest.approx(0.1)  # and no third one is made
