"""Whose request begins next, and how many begin in one turn of the loop."""

import asyncio
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.turns import Turns


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60))
def test_few_pieces_of_work_begin_in_one_turn_and_at_last_all(keys: list[int]) -> None:
    begun: list[int] = []

    def begin(number: int) -> bool:
        begun.append(number)
        return True

    async def run() -> None:
        turns = Turns(each=2)
        for number, key in enumerate(keys):
            turns.begin(partial(int, key), partial(begin, number))
        assert len(begun) <= 2
        while len(begun) < len(keys):
            before = len(begun)
            await asyncio.sleep(0)
            assert len(begun) <= before + 2

    asyncio.run(run())
    assert sorted(begun) == list(range(len(keys)))


@pytest.mark.anyio
async def test_a_request_whose_client_has_gone_takes_no_turn() -> None:
    turns, begun = Turns(each=1), list[str]()

    def begin(name: str) -> bool:
        begun.append(name)
        return name != "gone"

    for name in ("first", "gone", "second", "third"):
        turns.begin(lambda: "key", partial(begin, name))
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
        turns.begin(lambda: "key", partial(begin, name))
    for _ in range(5):
        await asyncio.sleep(0)

    assert begun == ["first", "second", "third"]
