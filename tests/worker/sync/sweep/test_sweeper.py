"""What a sweep brings in, what it proves, and what it says it could not check."""

from dataclasses import replace

import pytest

from shared.redis import keys
from tests.worker.builders import SELLER
from tests.worker.fake_avito import DAY, NOW
from tests.worker.sync.sweep.conftest import Desk
from worker.avito.errors import BadRequest, Unavailable
from worker.sync.sweep import sweep_state, sweeper

pytestmark = pytest.mark.anyio


async def test_a_lost_message_is_found_even_when_a_later_one_arrived(desk: Desk) -> None:
    desk.avito.write("c1", age=600)
    await desk.start()
    desk.avito.write("c1", age=300, text="lost")
    arrived = desk.avito.write("c1", age=200)
    await desk.webhook("c1", arrived)

    outcome = await desk.sweep()

    assert outcome.new == 1
    assert await desk.shown("c1") == desk.truth("c1")


async def test_what_was_typed_in_avitos_own_app_is_found(desk: Desk) -> None:
    desk.avito.write("c1", age=600)
    await desk.start()
    desk.avito.write("c1", author=SELLER, text="Продано")

    await desk.sweep()

    assert await desk.shown("c1") == desk.truth("c1")


async def test_in_a_new_epoch_lost_messages_are_found_though_marks_say_they_were_verified(desk: Desk) -> None:
    desk.avito.write("c1", age=600)
    await desk.start()
    lost = desk.avito.write("c1", age=300)
    await desk.sweep()
    redis = desk.work.redis
    await redis.execute_command("HDEL", keys.messages(SELLER, "c1"), lost)
    await redis.zrem(keys.thread(SELLER, "c1"), f"~{lost}")
    await redis.execute_command("HSET", keys.STATE, "epoch", "another master's")

    await desk.sweep()

    assert await desk.shown("c1") == desk.truth("c1")


async def test_a_list_that_breaks_off_leaves_the_rest_in_doubt_for_the_next_one(desk: Desk) -> None:
    for number in range(150):
        desk.avito.write(f"c{number:03d}", age=60 + number)
    await desk.start()
    redis = desk.work.redis
    await redis.execute_command("DEL", keys.messages(SELLER, "c140"), keys.thread(SELLER, "c140"))
    await redis.execute_command("HSET", keys.STATE, "epoch", "another master's")
    desk.avito.trouble["chats 100"] = Unavailable("chats", status=500)
    await desk.sweep()

    desk.avito.trouble.clear()
    await desk.sweep()

    assert await desk.shown("c140") == desk.truth("c140")


async def test_a_deletion_of_the_last_message_is_found_though_updated_does_not_move(desk: Desk) -> None:
    desk.avito.write("c1", age=600)
    last = desk.avito.write("c1", age=300)
    await desk.start()
    desk.avito.delete("c1", last)

    await desk.sweep()

    assert (await desk.shown("c1"))[-1] == (last, "deleted")


async def test_a_late_webhook_does_not_undo_a_deletion_that_a_sweep_saw(desk: Desk) -> None:
    desk.avito.write("c1", age=600)
    await desk.start()
    gone = desk.avito.write("c1", age=10, text="ошибка")
    row = dict(desk.avito.threads["c1"][-1])
    desk.avito.delete("c1", gone)
    await desk.sweep()

    desk.avito.threads["c1"][-1] = row
    await desk.webhook("c1", gone)

    assert (await desk.shown("c1"))[-1] == (gone, "deleted")


async def test_more_than_a_page_is_read_back_to_what_was_verified(desk: Desk) -> None:
    desk.avito.write("c1", age=5000)
    await desk.start()
    for number in range(150):
        desk.avito.write("c1", age=3000 - number)

    await desk.sweep()

    assert await desk.shown("c1") == desk.truth("c1")


async def test_a_quiet_account_costs_one_call_a_sweep(desk: Desk) -> None:
    for number in range(20):
        desk.avito.write(f"c{number}", age=600 + number)
    await desk.start()
    desk.avito.calls.clear()

    await desk.sweep()

    assert desk.avito.calls == {"chats": 1}


async def test_all_pages_of_chats_are_listed(desk: Desk) -> None:
    for number in range(250):
        desk.avito.write(f"c{number:03d}", age=60 + number)
    await desk.start()
    desk.avito.write("c249", text="очень старый чат")
    desk.avito.threads["c249"][-1]["created"] = desk.avito.threads["c249"][0]["created"]

    outcome = await desk.sweep()

    assert outcome.new == 1
    assert await desk.shown("c249") == desk.truth("c249")


async def test_what_fails_is_unchecked_and_read_by_the_next_sweep(desk: Desk) -> None:
    desk.avito.write("c1", age=600)
    desk.avito.write("c2", age=600)
    await desk.start()
    desk.avito.write("c1")
    desk.avito.write("c2")
    desk.avito.trouble["c1"] = Unavailable("messages", why="silent")

    failed = await desk.sweep()
    desk.avito.trouble.clear()
    again = await desk.sweep()

    assert (failed.new, failed.unchecked, failed.whole) == (1, 1, False)
    assert (again.new, again.unchecked, again.whole) == (1, 0, True)
    assert await desk.shown("c1") == desk.truth("c1")


async def test_a_sweep_gives_up_when_avito_fails_again_and_again_and_says_how_much_is_left(
    desk: Desk,
) -> None:
    for number in range(30):
        desk.avito.write(f"c{number}", age=600)
    await desk.start()
    for number in range(30):
        desk.avito.write(f"c{number}")
    desk.avito.trouble["messages"] = Unavailable("messages", why="silent")
    desk.avito.calls.clear()

    outcome = await desk.sweep()

    assert outcome.unchecked == 30
    assert desk.avito.calls["messages"] <= 6


async def test_one_chat_that_avito_refuses_does_not_stop_the_others(desk: Desk) -> None:
    for number in range(9):
        desk.avito.write(f"c{number}", age=600)
    await desk.start()
    for number in range(9):
        desk.avito.write(f"c{number}")
    desk.avito.trouble |= {f"c{number}": BadRequest("messages", status=400) for number in range(4)}

    outcome = await desk.sweep()

    assert (outcome.new, outcome.unchecked) == (5, 4)


async def test_a_list_that_ends_early_is_used_and_the_rest_counted(desk: Desk) -> None:
    for number in range(150):
        desk.avito.write(f"c{number:03d}", age=60 + number)
    await desk.start()
    desk.avito.write("c000")
    desk.avito.trouble["chats 100"] = Unavailable("chats", status=500)

    outcome = await desk.sweep()

    assert (outcome.new, outcome.unchecked, outcome.whole) == (1, 50, False)


async def test_chats_beyond_what_avito_lists_are_said_to_be_unchecked(desk: Desk) -> None:
    for number in range(1150):
        desk.avito.write(f"c{number:04d}", age=31 * DAY + number)
    desk.avito.write("c1149", age=31 * DAY)

    outcome = await desk.sweep()

    assert outcome.unchecked >= 1
    assert desk.avito.calls["chats 1000"] == 1


async def test_the_loss_proof_counts_what_avito_has_and_operators_see(desk: Desk) -> None:
    for _ in range(3):
        desk.avito.write("c1", age=600)
    await desk.start()
    desk.avito.write("c1")

    await desk.sweep()
    await desk.sweep()

    facts = await desk.facts()
    assert {name: facts[name] for name in facts if name.startswith("sweep_")} == {
        "sweep_received": "4",
        "sweep_shown": "4",
        "sweep_missing": "0",
        "sweep_unchecked": "0",
    }


async def test_what_was_read_in_avitos_own_app_is_read_here(desk: Desk) -> None:
    desk.avito.write("c1", age=600)
    desk.avito.write("c2", age=500)
    await desk.start()
    assert await desk.book.unread_chats() == {"c1", "c2"}
    desk.avito.read("c1")

    await desk.sweep(look_for_read=True)

    assert await desk.book.unread_chats() == {"c2"}


async def test_a_chat_that_stays_unread_here_is_not_asked_for_again_and_again(desk: Desk) -> None:
    desk.avito.write("c1", age=600)
    await desk.start()
    desk.avito.lists_unread = False
    await desk.sweep(look_for_read=True)
    desk.avito.calls.clear()

    await desk.sweep(look_for_read=True)

    assert desk.avito.calls == {"chats": 1}


async def test_another_price_or_title_is_shown_without_reading_the_thread(desk: Desk) -> None:
    desk.avito.write("c1", age=600)
    await desk.start()
    desk.avito.calls.clear()
    desk.avito.titles["c1"] = "Самокат, почти новый"

    await desk.sweep()

    assert desk.avito.calls == {"chats": 1}
    shown = await desk.work.redis.execute_command("HGET", keys.chat(SELLER, "c1"), "json")
    assert "почти новый" in shown.decode()


async def test_a_chat_without_an_item_has_its_type_which_is_asked_for_once(desk: Desk) -> None:
    desk.avito.types |= {"profile": "u2u", "avito": "a2u"}
    for chat_id in ("profile", "avito", "item"):
        desk.avito.write(chat_id, age=600)
    await desk.start()
    desk.avito.calls.clear()

    await desk.sweep()

    names = [keys.chat(SELLER, chat_id) for chat_id in ("profile", "avito", "item")]
    shown = [await desk.work.redis.execute_command("HGET", name, "type") for name in names]
    assert shown == [b'"u2u"', b'"a2u"', b'"u2i"']
    assert desk.avito.calls == {"chats": 1}


async def test_messages_that_no_webhook_brought_are_noted_only_since_we_are_subscribed(desk: Desk) -> None:
    desk.avito.write("c1", age=600)
    await desk.start()
    await desk.work.redis.hset(keys.FACTS, "subscribed_since", repr(NOW - 100))  # type: ignore[misc]
    desk.avito.write("c1", age=200)
    after = desk.avito.write("c1", age=50)

    await desk.sweep()

    assert await desk.work.redis.zrange(keys.unproved(SELLER), 0, -1) == [f"c1 {after}".encode()]


async def test_a_chat_in_doubt_is_read_again_though_the_list_looks_the_same(desk: Desk) -> None:
    first = desk.avito.write("c1", age=600)
    desk.avito.write("c1", age=500)
    await desk.start()
    desk.avito.delete("c1", first)
    await desk.work.redis.hset(keys.recheck(SELLER), "c1", "why")  # type: ignore[misc]

    await desk.sweep()

    assert (await desk.shown("c1"))[0] == (first, "deleted")
    assert await desk.book.rechecks() == {}


async def many_listed(desk: Desk) -> None:
    """More chats than Avito lists."""
    for number in range(1150):
        desk.avito.write(f"c{number:04d}", age=31 * DAY + number)
    await desk.start()


async def test_marks_of_chats_that_are_listed_no_more_are_bounded_where_the_list_is_not_whole(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_state, "MOST_MARKS", 1_110)
    monkeypatch.setattr(sweeper, "MOST_MARKS", 1_110)
    await many_listed(desk)
    for number in range(30):
        chat = await desk.book.mark(f"c{number:04d}")
        assert chat is not None
        await desk.book.put(f"gone{number}", replace(chat, updated=NOW - 100 * DAY + number))
        desk.sweeper.listed[f"gone{number}"] = replace(
            desk.sweeper.listed["c0000"], chat_id=f"gone{number}", updated=NOW - 100 * DAY + number
        )

    await desk.sweep()

    marks = await desk.book.marks()
    kept = {f"gone{number}" for number in range(20, 30)}
    assert len(marks) == 1_110
    assert {chat_id for chat_id in marks if chat_id.startswith("gone")} == kept
    assert {chat_id for chat_id in desk.sweeper.listed if chat_id.startswith("gone")} == kept


async def test_a_chat_in_doubt_that_is_beyond_the_list_is_read_and_its_doubt_settled(desk: Desk) -> None:
    await many_listed(desk)
    first = desk.avito.threads["c1149"][0]["id"]
    await desk.webhook("c1149", first)
    desk.avito.delete("c1149", first)
    await desk.work.redis.hset(keys.recheck(SELLER), "c1149", "why")  # type: ignore[misc]
    await desk.work.redis.hset(keys.recheck(SELLER), "nowhere", "why")  # type: ignore[misc]

    await desk.sweep()

    assert await desk.shown("c1149") == desk.truth("c1149")
    assert await desk.book.rechecks() == {}
