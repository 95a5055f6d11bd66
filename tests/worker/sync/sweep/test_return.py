"""A buyer comes back to a chat that was let go of."""

import pytest

from shared.redis import keys
from tests.worker.builders import SELLER
from tests.worker.fake_avito import DAY
from tests.worker.sync.sweep.conftest import Desk, Watched
from worker.jobs import prune
from worker.sync.sweep.refresh import read_newest

pytestmark = pytest.mark.anyio


async def talked(desk: Desk, *, answered: bool) -> None:
    """Five messages of a buyer came by webhook and were seen by a sweep."""
    await desk.start()
    for _ in range(5):
        await desk.webhook("c1", desk.avito.write("c1"))
        desk.avito.clock.now += 60
    if answered:
        desk.avito.write("c1", author=SELLER, text="Да")
    await desk.sweep()


async def let_go(desk: Desk, days: float = 181) -> None:
    desk.avito.clock.now += days * DAY
    await prune.prune(desk.work)
    assert await desk.book.held_chats() == set()


async def comes_back(desk: Desk) -> str:
    back = desk.avito.write("c1", text="Ещё продаёте?")
    await desk.webhook("c1", back)
    desk.avito.clock.now += 30
    return back


@pytest.mark.parametrize("answered", [True, False], ids=["answered", "unanswered"])
async def test_what_was_let_go_of_is_no_lost_webhook_and_rings_no_more(
    watched: Watched, answered: bool
) -> None:
    await talked(watched, answered=answered)
    await let_go(watched)

    back = await comes_back(watched)
    await watched.sweep()

    assert await watched.judged() == ("webhook", None)
    assert await watched.rung() == [back]


async def test_it_is_not_new_either_when_the_sweep_alone_finds_that_the_buyer_is_back(
    watched: Watched,
) -> None:
    await talked(watched, answered=False)
    await let_go(watched)

    back = watched.avito.write("c1", text="Ещё продаёте?")
    await watched.sweep()

    assert await watched.rung() == [back]
    assert await watched.unproved() == [f"c1 {back}"]
    assert await watched.shown("c1") == [(back, "text")]


async def test_data_of_before_there_were_floors_is_no_lost_webhook_either(watched: Watched) -> None:
    await talked(watched, answered=False)
    await let_go(watched)
    await watched.work.redis.delete(keys.floors(SELLER))

    back = await comes_back(watched)
    await watched.sweep()

    assert await watched.judged() == ("webhook", None)
    assert await watched.rung() == [back]
    assert await watched.shown("c1") == watched.truth("c1")


async def test_opening_the_chat_of_before_there_were_floors_rings_no_more(watched: Watched) -> None:
    await talked(watched, answered=False)
    await let_go(watched)
    await watched.work.redis.delete(keys.floors(SELLER))

    back = await comes_back(watched)
    await read_newest(watched.work, watched.work.avito, "c1")

    assert await watched.rung() == [back]
    assert await watched.unproved() == []


async def test_a_chat_that_was_taken_as_it_stood_does_not_ring_for_its_past(watched: Watched) -> None:
    for age in (60, 50, 40):
        watched.avito.write("c1", age=age * DAY)
    await watched.start()

    back = await comes_back(watched)
    await watched.sweep()

    assert await watched.rung() == [back]
    assert await watched.judged() == ("webhook", None)


async def test_a_late_copy_of_an_old_webhook_brings_no_chat_back(watched: Watched) -> None:
    await talked(watched, answered=False)
    await let_go(watched)

    await watched.webhook("c1", "c1-m4")

    assert await watched.book.held_chats() == set()


async def test_reading_a_chat_again_that_was_let_go_of_brings_nothing_back_and_misses_nothing(
    watched: Watched,
) -> None:
    await talked(watched, answered=False)
    await let_go(watched)
    watched.avito.delete("c1", "c1-m4")

    outcome = await watched.sweep()

    assert (outcome.new, outcome.missing, outcome.whole) == (0, 0, True)
    assert await watched.book.held_chats() == set()
    assert await watched.work.redis.zcard(keys.enrich(SELLER)) == 0


async def test_past_the_bound_the_oldest_floors_become_one(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune, "FLOORS", 2)
    await watched.start()
    for number in range(4):
        await watched.webhook(f"c{number}", watched.avito.write(f"c{number}", age=400 - 100 * number))
    await watched.sweep()
    await let_go(watched)

    back = watched.avito.write("c0")
    await watched.webhook("c0", back)
    await watched.sweep()

    floors = await watched.work.redis.zrange(keys.floors(SELLER), 0, -1)
    assert floors == [b"", b"c2", b"c3"]
    assert await watched.rung() == [back]
    assert await watched.shown("c0") == [(back, "text")]


async def test_a_chat_that_is_held_again_has_its_floor_itself(watched: Watched) -> None:
    await talked(watched, answered=False)
    await let_go(watched)

    await comes_back(watched)

    assert await watched.work.redis.zcard(keys.floors(SELLER)) == 0
    await let_go(watched)
    assert await watched.work.redis.zscore(keys.floors(SELLER), "c1") == float(
        watched.avito.threads["c1"][-1]["created"]
    )


@pytest.mark.parametrize("floors", [True, False], ids=["with a floor", "of before there were floors"])
async def test_facts_that_change_bring_no_chat_back_that_was_let_go_of(
    watched: Watched, floors: bool
) -> None:
    await talked(watched, answered=False)
    await let_go(watched)
    if not floors:
        await watched.work.redis.delete(keys.floors(SELLER))
    watched.avito.titles["c1"] = "Самокат, снижена цена"

    await watched.sweep()

    assert await watched.book.held_chats() == set()
    assert await watched.events() == []


async def test_a_chat_without_a_message_is_not_shown(watched: Watched) -> None:
    await watched.start()
    watched.avito.write("c1")
    watched.avito.threads["c1"][-1]["author_id"] = "unreadable"

    await watched.sweep()

    assert await watched.book.held_chats() == set()
