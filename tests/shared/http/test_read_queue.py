"""The read queue: many who have much to take leave the loop free for others in between."""

import asyncio
import time

import pytest

from shared.http.read_queue import SLICE_S, ReadQueue

pytestmark = pytest.mark.anyio
TAKES_S = 0.001


class Taker:
    """Takes `TAKES_S` each time, `left` times; it fails when there is nothing left before it began."""

    def __init__(self, name: str, left: int, taken: list[str]) -> None:
        self.name = name
        self.left = left
        self.taken = taken

    def take_some(self) -> bool:
        if not self.left:
            raise ValueError(self.name)
        ends = time.perf_counter() + TAKES_S
        while time.perf_counter() < ends:
            pass
        self.left -= 1
        self.taken.append(self.name)
        return self.left > 0


async def pass_by(turns: int) -> None:
    """Let the loop turn so many times."""
    for _ in range(turns):
        await asyncio.sleep(0)


async def test_each_takes_a_little_in_its_turn() -> None:
    queue, taken = ReadQueue(), list[str]()
    for name in "abc":
        queue.enter(Taker(name, 3, taken))
    await pass_by(10)

    assert taken == [*"abc"] * 3


async def test_the_loop_is_free_after_a_slice_however_many_wait() -> None:
    queue, taken = ReadQueue(), list[str]()
    for _ in range(50):
        queue.enter(Taker("x", 10, taken))
    most = 0
    while (before := len(taken)) < 500:
        await pass_by(1)
        most = max(most, len(taken) - before)

    assert most <= SLICE_S / TAKES_S


async def test_a_taker_that_fails_takes_no_turn_from_the_others() -> None:
    loop, failures = asyncio.get_running_loop(), list[object]()
    loop.set_exception_handler(lambda _, context: failures.append(context["exception"]))
    queue, taken = ReadQueue(), list[str]()
    queue.enter(Taker("fails", 0, taken))
    queue.enter(Taker("a", 2, taken))
    await pass_by(10)

    assert (taken, len(failures)) == (["a", "a"], 1)


async def test_a_taker_that_enters_twice_has_one_turn() -> None:
    queue, taken = ReadQueue(), list[str]()
    twice = Taker("a", 2, taken)
    queue.enter(twice)
    queue.enter(twice)
    queue.enter(Taker("b", 1, taken))
    await pass_by(10)

    assert taken == ["a", "b", "a"]
