"""Whose request begins next, and how many begin in one turn of the loop."""

import asyncio
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.turns import Turns


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60))
def test_every_line_gets_its_turn_and_keeps_its_order(lines: list[int]) -> None:
    begun: list[tuple[int, int]] = []

    async def run() -> None:
        turns = Turns(each=2)
        for number, line in enumerate(lines):
            turns.begin(partial(int, line), partial(begin, (line, number)))
        assert len(begun) <= 2
        while len(begun) < len(lines):
            before = len(begun)
            await asyncio.sleep(0)
            assert len(begun) <= before + 2

    def begin(request: tuple[int, int]) -> bool:
        begun.append(request)
        return True

    asyncio.run(run())
    for line in range(4):
        numbers = [number for of, number in begun if of == line]
        assert numbers == sorted(numbers)
    waited = [line for line, _ in begun[2:]]
    for index, line in enumerate(waited[1:]):
        if waited[index] == line:  # twice in a row only when no other line waits
            assert set(waited[index:]) == {line}


@pytest.mark.anyio
async def test_a_request_whose_client_has_gone_takes_no_turn() -> None:
    turns, begun = Turns(each=1), list[str]()

    def begin(name: str) -> bool:
        begun.append(name)
        return name != "gone"

    for name in ("first", "gone", "second", "third"):
        turns.begin(lambda: "line", partial(begin, name))
    assert begun == ["first"]
    await asyncio.sleep(0)

    assert begun == ["first", "gone", "second"]


@pytest.mark.anyio
async def test_a_request_that_cannot_begin_holds_up_no_other() -> None:
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    turns, begun = Turns(each=1), list[str]()

    def begin(name: str) -> bool:
        if name == "broken":
            raise ValueError(name)
        begun.append(name)
        return True

    for name in ("first", "broken", "second", "third"):
        turns.begin(lambda: "line", partial(begin, name))
    for _ in range(5):
        await asyncio.sleep(0)

    assert begun == ["first", "second", "third"]
