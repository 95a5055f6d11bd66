"""The first start, and the threads that are read again because their lists show nothing."""

from collections.abc import Callable

import pytest

from tests.worker.fake_avito import DAY
from tests.worker.sync.sweep.conftest import Desk
from worker.avito.errors import Unavailable

pytestmark = pytest.mark.anyio


async def test_the_first_start_brings_in_what_is_there_without_ringing(desk: Desk) -> None:
    for number in range(30):
        desk.avito.write("c1", age=600 - number)
    desk.avito.write("c2", age=60)

    await desk.start()

    assert await desk.shown("c1") == desk.truth("c1")
    assert await desk.shown("c2") == desk.truth("c2")
    assert {event["type"] for event in await desk.events()} == {"thread"}
    assert (await desk.facts())["import_done"] == "2"


async def test_the_first_start_leaves_what_is_older_than_a_month(desk: Desk) -> None:
    desk.avito.write("old", age=31 * DAY)
    desk.avito.write("young", age=29 * DAY)

    await desk.start()

    assert await desk.book.held_chats() == {"young"}
    assert (await desk.facts())["sweep_unchecked"] == "0"


async def test_an_old_chat_that_moves_is_read_from_there_on(desk: Desk) -> None:
    desk.avito.write("old", age=40 * DAY)
    await desk.start()
    desk.avito.write("old", text="А ещё продаёте?")

    outcome = await desk.sweep()

    assert outcome.new == 2
    assert await desk.shown("old") == desk.truth("old")


async def test_live_messages_do_not_wait_for_the_first_import_and_ring(desk: Desk) -> None:
    desk.avito.write("c1", age=600)
    desk.avito.write("c2", age=500)
    await desk.sweep()
    desk.avito.clock.now += 30
    live = desk.avito.write("c1", text="live")

    await desk.sweep()

    messages = [event for event in await desk.events() if event["type"] == "message"]
    assert [(event["message"]["id"], event["ring"]) for event in messages] == [(live, True)]
    assert (await desk.book.first_import()).left == ("c2",)


async def test_an_import_that_was_broken_off_goes_on_where_it_was(desk: Desk) -> None:
    for number in range(5):
        desk.avito.write(f"c{number}", age=600 + number)
    await desk.sweep()
    desk.avito.trouble["c2"] = Unavailable("messages", why="silent")
    with pytest.raises(Unavailable):
        await desk.backfill.import_chats()
    desk.avito.trouble.clear()
    desk.avito.calls.clear()

    await desk.backfill.import_chats()

    assert desk.avito.calls["messages"] == 3
    assert await desk.book.held_chats() == {f"c{number}" for number in range(5)}


async def test_an_import_does_not_end_with_a_list_that_broke_off(make_desk: Callable[[], Desk]) -> None:
    before = make_desk()
    for number in range(150):
        before.avito.write(f"c{number:03d}", age=600 + number)
    await before.sweep()
    desk = make_desk()
    desk.avito.threads = before.avito.threads
    desk.avito.trouble["chats 100"] = Unavailable("chats", status=500)
    await desk.sweep()
    await desk.backfill.import_chats()
    assert (await desk.facts())["import_done"] == "100"

    desk.avito.trouble.clear()
    await desk.sweep()
    await desk.backfill.import_chats()

    assert (await desk.facts())["import_done"] == "150"
    assert len(await desk.book.held_chats()) == 150
    assert {event["type"] for event in await desk.events()} == {"thread"}


async def test_every_thread_is_read_again_within_a_day_so_that_deletions_are_found(desk: Desk) -> None:
    first = desk.avito.write("c1", age=600)
    desk.avito.write("c1", age=500)
    await desk.start()
    desk.avito.delete("c1", first)
    await desk.sweep()
    assert (await desk.shown("c1"))[0] == (first, "text")

    desk.avito.clock.now += DAY
    await desk.backfill.read_again()

    assert (await desk.shown("c1"))[0] == (first, "deleted")


async def test_a_thread_is_read_again_once_a_day_and_no_more(desk: Desk) -> None:
    desk.avito.write("c1", age=600)
    await desk.start()
    desk.avito.calls.clear()

    for _ in range(48):
        desk.avito.clock.now += DAY / 24
        await desk.backfill.read_again()

    assert desk.avito.calls == {"messages": 2}


async def test_threads_read_by_a_clock_that_was_ahead_are_read_again_once_it_is_set_back(desk: Desk) -> None:
    now = desk.avito.clock.now
    first = desk.avito.write("c1", age=3 * DAY)
    for number in range(150):
        desk.avito.write("c1", age=2 * DAY - number)
    await desk.start()
    desk.avito.clock.now = now + 20 * DAY
    await desk.backfill.read_again()
    desk.avito.clock.now = now
    desk.avito.delete("c1", first)

    await desk.backfill.read_again()

    assert (await desk.shown("c1"))[0] == (first, "deleted")
    desk.avito.calls.clear()
    await desk.backfill.read_again()
    assert desk.avito.calls == {}
