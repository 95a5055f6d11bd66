"""The first import, and the threads that are read again for changes that no list shows."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.redis import keys
from tests.worker.builders import BUYER, SELLER
from tests.worker.fake_avito import DAY
from tests.worker.sync.sweep.conftest import SweepRig
from worker.avito.errors import Unavailable
from worker.avito.responses import MessagePage
from worker.sync.sweep.chat_list import read_chat_list
from worker.sync.sweep.marks import mark_unread
from worker.sync.sweep.refresh import read_newest

pytestmark = pytest.mark.anyio


async def test_the_first_start_imports_messages_without_ringing(rig: SweepRig) -> None:
    for number in range(30):
        rig.avito.write("c1", age=600 - number)
    rig.avito.write("c2", age=60)

    await rig.start()

    assert await rig.shown("c1") == rig.truth("c1")
    assert await rig.shown("c2") == rig.truth("c2")
    told = [(event["chat_id"], event["type"]) for event in await rig.events()]
    assert sorted(told) == [("c1", "chat"), ("c1", "thread"), ("c2", "chat"), ("c2", "thread")]
    assert (await rig.facts())["import_done"] == "2"


async def test_every_chat_is_shown_at_once_as_its_row_says_and_those_that_wait_are_read_first(
    rig: SweepRig,
) -> None:
    for number in range(6):
        rig.avito.write(f"c{number}", age=700 - number)
        rig.avito.write(f"c{number}", age=600 - number, author=SELLER if number > 2 else BUYER)

    await rig.sweep()

    assert [await rig.shown(f"c{number}") for number in range(6)] == [
        [(f"c{number}-m1", "text")] for number in range(6)
    ]
    assert rig.avito.calls == {"chats": 1}
    waiting = await rig.account.redis.zrange(keys.unanswered(SELLER), 0, -1)
    assert sorted(waiting) == [b"c0", b"c1", b"c2"]
    assert (await rig.facts())["sweep_unchecked"] == "6"

    await rig.backfill.import_chats()

    order = [event["chat_id"] for event in await rig.events() if event["type"] == "thread"]
    assert order == ["c2", "c1", "c0", "c5", "c4", "c3"]
    assert await rig.shown("c1") == rig.truth("c1")
    assert (await rig.facts())["sweep_unchecked"] == "0"
    assert not [event for event in await rig.events() if event.get("ring")]


async def test_a_message_of_the_second_in_which_the_import_begins_rings(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    rig.avito.clock.now += 0.7
    await rig.sweep()
    came = rig.avito.write("c1")

    await rig.backfill.import_chats()

    rung = [event["message"]["id"] for event in await rig.events() if event.get("ring")]
    assert rung == [came]


async def test_chats_that_wait_for_the_import_are_unchecked_once_when_the_list_fails(rig: SweepRig) -> None:
    for number in range(6):
        rig.avito.write(f"c{number}", age=600 + number)
    await rig.sweep()
    rig.avito.trouble["chats"] = Unavailable("chats", status=503)

    await rig.sweep()

    # One more, since the list may have new chats.
    assert (await rig.facts())["sweep_unchecked"] == "7"


async def test_a_chat_that_a_sweep_reads_during_the_import_is_read_once(rig: SweepRig) -> None:
    rig.avito.write("first", age=500)
    rig.avito.write("second", age=600)
    await rig.sweep()
    rig.avito.clock.now += 60
    read = rig.avito.messages

    async def read_while_a_message_comes(chat_id: str, **page: Any) -> MessagePage:
        if chat_id == "first":
            rig.avito.write("second")
            await rig.sweep()
        return await read(chat_id, **page)

    rig.avito.messages = read_while_a_message_comes  # type: ignore[method-assign]
    await rig.backfill.import_chats()

    assert await rig.shown("second") == rig.truth("second")
    assert rig.avito.calls["messages"] == 2


async def test_a_chat_that_is_opened_before_it_is_imported_does_not_ring(rig: SweepRig) -> None:
    for number in range(5):
        rig.avito.write("c1", age=600 - number)
    await rig.sweep()

    await read_newest(rig.account, rig.account.avito, "c1")

    assert await rig.shown("c1") == rig.truth("c1")
    assert [event["type"] for event in await rig.events()] == ["chat", "thread"]


async def test_what_an_earlier_version_left_as_it_stood_is_imported_after_an_upgrade_once(
    rig: SweepRig,
) -> None:
    rig.avito.write("imported", age=600)
    await rig.start()
    rig.avito.write("left", age=5 * DAY)
    rig.avito.write("left", age=4 * DAY)
    rig.avito.write("old", age=40 * DAY)
    for chat in (await read_chat_list(rig.account.avito)).chats[1:]:
        epoch = await rig.state.epoch()
        await rig.state.put(chat.chat_id, mark_unread(chat), epoch)
    await rig.account.redis.hdel(keys.sweep(SELLER), "import_whole")
    rig.avito.clock.now += 3600
    seq = len(await rig.events())

    await rig.start()

    assert await rig.shown("left") == rig.truth("left")
    assert await rig.shown("old") == []
    assert [event["type"] for event in await rig.events(seq)] == ["chat", "thread"]
    assert (await rig.facts())["import_total"] == "2"
    rig.avito.calls.clear()
    await rig.start()
    assert rig.avito.calls == {"chats": 2}


async def test_a_chat_that_an_earlier_version_took_for_avitos_own_is_none_after_an_upgrade(
    rig: SweepRig,
) -> None:
    rig.avito.types |= {"avito": "a2u", "profile": "u2u", "unknown": "?"}
    chats = ("avito", "profile", "unknown", "item")
    for chat_id in chats:
        rig.avito.write(chat_id, age=600)
    await rig.start()
    redis, names = rig.account.redis, [keys.chat(SELLER, chat_id) for chat_id in chats]
    for name in names:
        await redis.hset(name, "type", '"a2u"')
    await redis.hdel(keys.sweep(SELLER), "import_whole")

    await rig.sweep()

    assert [await redis.hget(name, "type") for name in names] == [b'"a2u"', b'"u2u"', b"null", b'"u2i"']


async def test_a_row_without_a_message_of_its_own_shows_no_chat_before_its_thread_is_read(
    rig: SweepRig,
) -> None:
    rig.avito.write("c1", age=600)
    rig.avito.stubs = True

    await rig.sweep()
    assert await rig.state.held_chats() == set()

    await rig.backfill.import_chats()
    assert await rig.shown("c1") == rig.truth("c1")


async def test_chats_that_cannot_be_read_hold_up_no_other(rig: SweepRig) -> None:
    for number in range(12):
        rig.avito.write(f"c{number:02d}", age=600 + number)
    rig.avito.trouble |= {f"c{number:02d}": Unavailable("messages", status=200) for number in range(5)}
    await rig.sweep()

    done = [await rig.backfill.import_chats() for _ in range(3)]

    assert done == [False, False, False]
    assert {f"c{number:02d}" for number in range(5)} == set((await rig.state.first_import()).left)
    assert (await rig.facts())["sweep_unchecked"] == "5"


async def test_an_empty_answer_for_a_thread_that_has_a_message_is_no_reading_of_it(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    rig.avito.empty_threads = True
    await rig.start()
    assert (await rig.facts())["sweep_unchecked"] == "1"

    rig.avito.empty_threads = False
    await rig.backfill.import_chats()

    assert (await rig.facts())["sweep_unchecked"] == "0"


@pytest.mark.parametrize("behind", [5, 150])
async def test_a_late_message_among_older_ones_is_found_within_a_day(rig: SweepRig, behind: int) -> None:
    for number in range(200):
        rig.avito.write("c1", age=3 * DAY - 60 * number)
    await rig.start()
    late = dict(rig.avito.threads["c1"][-behind], id="late")
    rig.avito.threads["c1"].insert(200 - behind, late)
    await rig.sweep()
    assert ("late", "text") not in await rig.shown("c1")

    rig.avito.clock.now += DAY
    await rig.backfill.read_again()

    assert ("late", "text") in await rig.shown("c1")


async def test_the_first_start_imports_nothing_older_than_a_month(rig: SweepRig) -> None:
    rig.avito.write("old", age=31 * DAY)
    rig.avito.write("young", age=29 * DAY)

    await rig.start()

    assert await rig.state.held_chats() == {"young"}
    assert (await rig.facts())["sweep_unchecked"] == "0"


async def test_an_old_chat_that_changes_is_read_from_there_on(rig: SweepRig) -> None:
    rig.avito.write("old", age=40 * DAY)
    await rig.start()
    rig.avito.write("old", text="А ещё продаёте?")

    outcome = await rig.sweep()

    assert outcome.new == 2
    assert await rig.shown("old") == rig.truth("old")


async def test_live_messages_do_not_wait_for_the_first_import_and_ring(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    rig.avito.write("c2", age=500)
    await rig.sweep()
    rig.avito.clock.now += 30
    live = rig.avito.write("c1", text="live")

    await rig.sweep()

    messages = [event for event in await rig.events() if event["type"] == "message"]
    assert [(event["message"]["id"], event["ring"]) for event in messages] == [(live, True)]
    assert (await rig.state.first_import()).left == ("c2",)


async def test_an_interrupted_import_continues_where_it_was(rig: SweepRig) -> None:
    for number in range(5):
        rig.avito.write(f"c{number}", age=600 + number)
    await rig.sweep()
    rig.avito.trouble["c2"] = Unavailable("messages", why="silent")
    assert not await rig.backfill.import_chats()
    rig.avito.trouble.clear()
    rig.avito.calls.clear()

    await rig.backfill.import_chats()

    assert rig.avito.calls["messages"] == 1
    assert await rig.state.held_chats() == {f"c{number}" for number in range(5)}


async def test_an_import_does_not_end_with_a_list_that_broke_off(make_rig: Callable[[], SweepRig]) -> None:
    before = make_rig()
    for number in range(150):
        before.avito.write(f"c{number:03d}", age=600 + number)
    await before.sweep()
    rig = make_rig()
    rig.avito.threads = before.avito.threads
    rig.avito.trouble["chats 100"] = Unavailable("chats", status=500)
    await rig.sweep()
    await rig.backfill.import_chats()
    assert (await rig.facts())["import_done"] == "100"

    rig.avito.trouble.clear()
    await rig.sweep()
    await rig.backfill.import_chats()

    assert (await rig.facts())["import_done"] == "150"
    assert len(await rig.state.held_chats()) == 150
    assert {event["type"] for event in await rig.events()} == {"chat", "thread"}


async def test_every_thread_is_read_again_within_a_day_so_that_deletions_are_found(rig: SweepRig) -> None:
    first = rig.avito.write("c1", age=600)
    rig.avito.write("c1", age=500)
    await rig.start()
    rig.avito.delete("c1", first)
    await rig.sweep()
    assert (await rig.shown("c1"))[0] == (first, "text")

    rig.avito.clock.now += DAY
    await rig.backfill.read_again()

    assert (await rig.shown("c1"))[0] == (first, "deleted")


async def test_a_thread_is_read_again_once_a_day_and_no_more(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    await rig.start()
    rig.avito.calls.clear()

    for _ in range(48):
        rig.avito.clock.now += DAY / 24
        await rig.backfill.read_again()

    assert rig.avito.calls == {"messages": 2}


async def test_threads_read_by_a_clock_that_was_ahead_are_read_again_once_it_is_set_back(
    rig: SweepRig,
) -> None:
    now = rig.avito.clock.now
    first = rig.avito.write("c1", age=3 * DAY)
    for number in range(150):
        rig.avito.write("c1", age=2 * DAY - number)
    await rig.start()
    rig.avito.clock.now = now + 20 * DAY
    await rig.backfill.read_again()
    rig.avito.clock.now = now
    rig.avito.delete("c1", first)

    await rig.backfill.read_again()

    assert (await rig.shown("c1"))[0] == (first, "deleted")
    rig.avito.calls.clear()
    await rig.backfill.read_again()
    assert rig.avito.calls == {}
