"""Reading a thread back to a known message skips none, and keeps ties in Avito's order."""

from random import Random
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.sync.sweep.builders import NOW, FakeHistory, make_thread
from worker.sync.sweep.marks import ThreadPosition
from worker.sync.sweep.thread_reader import ReadRange, ReadThread, read_back

pytestmark = pytest.mark.anyio

# Fewer ties than a page holds: Avito can list no more of one second than a page anyway.
gaps = st.lists(st.sampled_from([0, 1, 1, 3]), min_size=1, max_size=60).filter(
    lambda found: max(len(run) for run in "".join("x" if g == 0 else " " for g in found).split(" ")) < 5
)
EVERYTHING = ReadRange(until=None, since=0.0, most=100_000)


async def read_thread(history: FakeHistory, span: ReadRange, page_size: int = 100) -> ReadThread:
    return await read_back(cast("Any", history), "c1", span, page_size=page_size)


@given(gaps=gaps, page_size=st.integers(7, 20))
async def test_a_thread_read_whole_is_in_avitos_order(gaps: list[int], page_size: int) -> None:
    thread = make_thread(gaps)

    read = await read_thread(FakeHistory(list(thread)), EVERYTHING, page_size=page_size)

    assert [message.id for message in read.messages] == [message.id for message in thread]


@given(gaps=gaps, page_size=st.integers(7, 20), place=st.integers(0, 59))
async def test_all_messages_after_the_verified_one_are_read(
    gaps: list[int], page_size: int, place: int
) -> None:
    thread = make_thread(gaps)
    known = place % len(thread)
    span = ReadRange(ThreadPosition(thread[known].created, thread[known].id), 0.0, 100_000)

    read = await read_thread(FakeHistory(list(thread)), span, page_size=page_size)

    assert {message.id for message in thread[known:]} <= {message.id for message in read.messages}


@given(gaps=gaps, page_size=st.integers(7, 20), arriving=st.lists(st.integers(0, 3), max_size=10))
async def test_messages_that_arrive_during_the_reading_hide_none(
    gaps: list[int], page_size: int, arriving: list[int]
) -> None:
    thread = make_thread(gaps)
    late = {
        number + 1: make_thread([1] * count, prefix=f"late{number}-", start=NOW + number * 10)
        for number, count in enumerate(arriving)
    }

    read = await read_thread(FakeHistory(list(thread), late), EVERYTHING, page_size=page_size)

    found = [message.id for message in read.messages if message.id.startswith("m")]
    assert found == [message.id for message in thread]


async def test_one_page_is_enough_where_it_reaches_a_known_message() -> None:
    thread = make_thread([1] * 300)
    history = FakeHistory(thread)

    await read_thread(history, ReadRange(ThreadPosition(thread[-50].created, thread[-50].id), 0.0, 1000))

    assert history.asked == [0]


async def test_a_verified_message_that_is_gone_ends_the_reading_by_its_time() -> None:
    thread = make_thread([1] * 300)
    history = FakeHistory(thread)

    await read_thread(history, ReadRange(ThreadPosition(thread[-50].created, "gone"), 0.0, 1000))

    assert history.asked == [0]


async def test_no_page_is_asked_for_beyond_avitos_limit() -> None:
    history = FakeHistory(make_thread([1] * 1500))

    read = await read_thread(history, EVERYTHING)

    assert max(history.asked) == 1000
    assert len(read.messages) == 1100


async def test_a_thread_in_any_order_is_read_to_its_last_page() -> None:
    thread = make_thread([1] * 250)
    shuffled = thread[100:200] + thread[:100] + thread[200:]
    Random(1).shuffle(shuffled)
    history = FakeHistory(shuffled, ordered=False)

    read = await read_thread(
        history, ReadRange(ThreadPosition(thread[200].created, thread[200].id), 0.0, 200)
    )

    assert [message.id for message in read.messages] == [message.id for message in thread]


async def test_the_same_page_for_ever_ends_the_reading() -> None:
    history = FakeHistory(make_thread([1] * 100), repeats=True)

    read = await read_thread(history, EVERYTHING)

    assert (len(read.messages), len(history.asked)) == (100, 2)


async def test_an_empty_page_that_promises_more_ends_the_reading() -> None:
    history = FakeHistory([], repeats=True)

    assert await read_thread(history, EVERYTHING) == ReadThread((), 0)


async def test_pages_of_too_old_messages_are_not_asked_for() -> None:
    history = FakeHistory(make_thread([60] * 1000, start=NOW - 60_000))

    await read_thread(history, ReadRange(None, NOW - 60 * 150, 100_000))

    assert history.asked == [0, 99]
