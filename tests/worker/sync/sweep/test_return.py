"""A buyer comes back to a chat that was pruned."""

import pytest

from shared.redis import keys
from tests.worker.builders import SELLER
from tests.worker.fake_avito import DAY
from tests.worker.sync.sweep.conftest import SweepRig, Watched
from worker.jobs import prune
from worker.sync.sweep.refresh import read_newest

pytestmark = pytest.mark.anyio


async def talked(rig: SweepRig, *, answered: bool) -> None:
    """Five messages of a buyer came by webhook and were seen by a sweep."""
    await rig.start()
    for _ in range(5):
        await rig.webhook("c1", rig.avito.write("c1"))
        rig.avito.clock.now += 60
    if answered:
        rig.avito.write("c1", author=SELLER, text="Да")
    await rig.sweep()


async def let_go(rig: SweepRig, days: float = 181) -> None:
    rig.avito.clock.now += days * DAY
    await prune.prune(rig.account)
    assert await rig.state.held_chats() == set()


async def comes_back(rig: SweepRig) -> str:
    back = rig.avito.write("c1", text="Ещё продаёте?")
    await rig.webhook("c1", back)
    rig.avito.clock.now += 30
    return back


@pytest.mark.parametrize("answered", [True, False], ids=["answered", "unanswered"])
async def test_pruned_messages_are_not_missed_and_do_not_ring(watched: Watched, answered: bool) -> None:
    await talked(watched, answered=answered)
    await let_go(watched)

    back = await comes_back(watched)
    await watched.sweep()

    assert await watched.judged() == ("webhook", None)
    assert await watched.rung() == [back]


async def test_pruned_messages_are_not_new_when_only_a_sweep_finds_the_buyers_return(
    watched: Watched,
) -> None:
    await talked(watched, answered=False)
    await let_go(watched)

    back = watched.avito.write("c1", text="Ещё продаёте?")
    await watched.sweep()

    assert await watched.rung() == [back]
    assert await watched.found_by_sweep() == [f"c1 {back}"]
    assert await watched.shown("c1") == [(back, "text")]


async def test_messages_pruned_before_floors_existed_are_not_missed(watched: Watched) -> None:
    await talked(watched, answered=False)
    await let_go(watched)
    await watched.account.redis.delete(keys.floors(SELLER))

    back = await comes_back(watched)
    await watched.sweep()

    assert await watched.judged() == ("webhook", None)
    assert await watched.rung() == [back]
    assert await watched.shown("c1") == watched.truth("c1")


async def test_opening_a_chat_pruned_before_floors_existed_does_not_ring(watched: Watched) -> None:
    await talked(watched, answered=False)
    await let_go(watched)
    await watched.account.redis.delete(keys.floors(SELLER))

    back = await comes_back(watched)
    await read_newest(watched.account, watched.account.avito, "c1")

    assert await watched.rung() == [back]
    assert await watched.found_by_sweep() == []


async def test_a_chat_that_the_first_import_left_unread_does_not_ring_for_its_past(watched: Watched) -> None:
    for age in (60, 50, 40):
        watched.avito.write("c1", age=age * DAY)
    await watched.start()

    back = await comes_back(watched)
    await watched.sweep()

    assert await watched.rung() == [back]
    assert await watched.judged() == ("webhook", None)


async def test_a_late_copy_of_an_old_webhook_restores_no_chat(watched: Watched) -> None:
    await talked(watched, answered=False)
    await let_go(watched)

    await watched.webhook("c1", "c1-m4")

    assert await watched.state.held_chats() == set()


async def test_reading_a_pruned_chat_again_restores_nothing_and_misses_nothing(
    watched: Watched,
) -> None:
    await talked(watched, answered=False)
    await let_go(watched)
    watched.avito.delete("c1", "c1-m4")

    outcome = await watched.sweep()

    assert (outcome.new, outcome.missing, outcome.whole) == (0, 0, True)
    assert await watched.state.held_chats() == set()
    assert await watched.account.redis.zcard(keys.to_enrich(SELLER)) == 0


async def test_the_oldest_floors_beyond_the_limit_become_one(
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

    floors = await watched.account.redis.zrange(keys.floors(SELLER), 0, -1)
    assert floors == [b"", b"c2", b"c3"]
    assert await watched.rung() == [back]
    assert await watched.shown("c0") == [(back, "text")]


async def test_a_chat_that_is_held_again_keeps_its_own_floor(watched: Watched) -> None:
    await talked(watched, answered=False)
    await let_go(watched)

    await comes_back(watched)

    assert await watched.account.redis.zcard(keys.floors(SELLER)) == 0
    await let_go(watched)
    assert await watched.account.redis.zscore(keys.floors(SELLER), "c1") == float(
        watched.avito.threads["c1"][-1]["created"]
    )


@pytest.mark.parametrize("floors", [True, False], ids=["with a floor", "of before there were floors"])
async def test_changed_facts_restore_no_pruned_chat(watched: Watched, floors: bool) -> None:
    await talked(watched, answered=False)
    await let_go(watched)
    if not floors:
        await watched.account.redis.delete(keys.floors(SELLER))
    watched.avito.titles["c1"] = "Самокат, снижена цена"

    await watched.sweep()

    assert await watched.state.held_chats() == set()
    assert await watched.events() == []


async def test_a_chat_without_a_message_is_not_shown(watched: Watched) -> None:
    await watched.start()
    watched.avito.write("c1")
    watched.avito.threads["c1"][-1]["author_id"] = "unreadable"

    await watched.sweep()

    assert await watched.state.held_chats() == set()
