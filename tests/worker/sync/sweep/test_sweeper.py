"""What a sweep commits, what it verifies, and what it reports as unchecked."""

from dataclasses import replace

import pytest

from shared.redis import keys
from tests.worker.builders import SELLER
from tests.worker.fake_avito import DAY, NOW
from tests.worker.sync.sweep.conftest import SweepRig
from worker.avito.errors import BadRequest, Unavailable
from worker.sync.sweep import sweep_state, sweeper

pytestmark = pytest.mark.anyio


async def test_a_lost_message_is_found_even_when_a_later_one_arrived(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    await rig.start()
    rig.avito.write("c1", age=300, text="lost")
    arrived = rig.avito.write("c1", age=200)
    await rig.webhook("c1", arrived)

    outcome = await rig.sweep()

    assert outcome.new == 1
    assert await rig.shown("c1") == rig.truth("c1")


async def test_a_message_typed_in_avitos_own_app_is_found(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    await rig.start()
    rig.avito.write("c1", author=SELLER, text="Продано")

    await rig.sweep()

    assert await rig.shown("c1") == rig.truth("c1")


async def test_in_a_new_epoch_lost_messages_are_found_though_marks_say_they_were_verified(
    rig: SweepRig,
) -> None:
    rig.avito.write("c1", age=600)
    await rig.start()
    lost = rig.avito.write("c1", age=300)
    await rig.sweep()
    redis = rig.account.redis
    await redis.execute_command("HDEL", keys.messages(SELLER, "c1"), lost)
    await redis.zrem(keys.thread(SELLER, "c1"), f"~{lost}")
    await redis.execute_command("HSET", keys.STATE, "epoch", "another master's")

    await rig.sweep()

    assert await rig.shown("c1") == rig.truth("c1")


async def test_the_rest_of_a_list_that_breaks_off_is_rechecked_by_the_next_sweep(rig: SweepRig) -> None:
    for number in range(150):
        rig.avito.write(f"c{number:03d}", age=60 + number)
    await rig.start()
    redis = rig.account.redis
    await redis.execute_command("DEL", keys.messages(SELLER, "c140"), keys.thread(SELLER, "c140"))
    await redis.execute_command("HSET", keys.STATE, "epoch", "another master's")
    rig.avito.trouble["chats 100"] = Unavailable("chats", status=500)
    await rig.sweep()

    rig.avito.trouble.clear()
    await rig.sweep()

    assert await rig.shown("c140") == rig.truth("c140")


async def test_a_deletion_of_the_last_message_is_found_although_updated_stays(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    last = rig.avito.write("c1", age=300)
    await rig.start()
    rig.avito.delete("c1", last)

    await rig.sweep()

    assert (await rig.shown("c1"))[-1] == (last, "deleted")


async def test_a_late_webhook_does_not_undo_a_deletion_that_a_sweep_saw(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    await rig.start()
    gone = rig.avito.write("c1", age=10, text="ошибка")
    row = dict(rig.avito.threads["c1"][-1])
    rig.avito.delete("c1", gone)
    await rig.sweep()

    rig.avito.threads["c1"][-1] = row
    await rig.webhook("c1", gone)

    assert (await rig.shown("c1"))[-1] == (gone, "deleted")


async def test_more_than_a_page_is_read_back_to_what_was_verified(rig: SweepRig) -> None:
    rig.avito.write("c1", age=5000)
    await rig.start()
    for number in range(150):
        rig.avito.write("c1", age=3000 - number)

    await rig.sweep()

    assert await rig.shown("c1") == rig.truth("c1")


async def test_a_quiet_account_costs_one_call_a_sweep(rig: SweepRig) -> None:
    for number in range(20):
        rig.avito.write(f"c{number}", age=600 + number)
    await rig.start()
    rig.avito.calls.clear()

    await rig.sweep()

    assert rig.avito.calls == {"chats": 1}


async def test_all_pages_of_chats_are_listed(rig: SweepRig) -> None:
    for number in range(250):
        rig.avito.write(f"c{number:03d}", age=60 + number)
    await rig.start()
    rig.avito.write("c249", text="очень старый чат")
    rig.avito.threads["c249"][-1]["created"] = rig.avito.threads["c249"][0]["created"]

    outcome = await rig.sweep()

    assert outcome.new == 1
    assert await rig.shown("c249") == rig.truth("c249")


async def test_a_chat_that_fails_is_unchecked_and_read_by_the_next_sweep(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    rig.avito.write("c2", age=600)
    await rig.start()
    rig.avito.write("c1")
    rig.avito.write("c2")
    rig.avito.trouble["c1"] = Unavailable("messages", why="silent")

    failed = await rig.sweep()
    rig.avito.trouble.clear()
    again = await rig.sweep()

    assert (failed.new, failed.unchecked, failed.whole) == (1, 1, False)
    assert (again.new, again.unchecked, again.whole) == (1, 0, True)
    assert await rig.shown("c1") == rig.truth("c1")


async def test_a_sweep_ends_after_repeated_failures_and_counts_the_unchecked_chats(
    rig: SweepRig,
) -> None:
    for number in range(30):
        rig.avito.write(f"c{number}", age=600)
    await rig.start()
    for number in range(30):
        rig.avito.write(f"c{number}")
    rig.avito.trouble["messages"] = Unavailable("messages", why="silent")
    rig.avito.calls.clear()

    outcome = await rig.sweep()

    assert outcome.unchecked == 30
    assert rig.avito.calls["messages"] <= 6


async def test_one_chat_that_avito_refuses_does_not_stop_the_others(rig: SweepRig) -> None:
    for number in range(9):
        rig.avito.write(f"c{number}", age=600)
    await rig.start()
    for number in range(9):
        rig.avito.write(f"c{number}")
    rig.avito.trouble |= {f"c{number}": BadRequest("messages", status=400) for number in range(4)}

    outcome = await rig.sweep()

    assert (outcome.new, outcome.unchecked) == (5, 4)


async def test_a_list_that_ends_early_is_used_and_the_rest_counted(rig: SweepRig) -> None:
    for number in range(150):
        rig.avito.write(f"c{number:03d}", age=60 + number)
    await rig.start()
    rig.avito.write("c000")
    rig.avito.trouble["chats 100"] = Unavailable("chats", status=500)

    outcome = await rig.sweep()

    assert (outcome.new, outcome.unchecked, outcome.whole) == (1, 50, False)


async def test_chats_beyond_the_end_of_avitos_list_count_as_unchecked(rig: SweepRig) -> None:
    for number in range(1150):
        rig.avito.write(f"c{number:04d}", age=31 * DAY + number)
    rig.avito.write("c1149", age=31 * DAY)

    outcome = await rig.sweep()

    assert outcome.unchecked >= 1
    assert rig.avito.calls["chats 1000"] == 1


async def test_a_sweep_counts_the_messages_that_avito_has_and_operators_see(rig: SweepRig) -> None:
    for _ in range(3):
        rig.avito.write("c1", age=600)
    await rig.start()
    rig.avito.write("c1")

    await rig.sweep()
    await rig.sweep()

    facts = await rig.facts()
    assert {name: facts[name] for name in facts if name.startswith("sweep_")} == {
        "sweep_received": "4",
        "sweep_shown": "4",
        "sweep_missing": "0",
        "sweep_unchecked": "0",
        "sweep_beyond": "0",
        "sweep_error": "",
    }


async def test_a_chat_read_in_avitos_own_app_is_read_here(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    rig.avito.write("c2", age=500)
    await rig.start()
    assert await rig.state.unread_chats() == {"c1", "c2"}
    rig.avito.read("c1")

    await rig.sweep(look_for_read=True)

    assert await rig.state.unread_chats() == {"c2"}


async def test_a_chat_that_stays_unread_here_is_not_asked_for_again_and_again(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    await rig.start()
    rig.avito.lists_unread = False
    await rig.sweep(look_for_read=True)
    rig.avito.calls.clear()

    await rig.sweep(look_for_read=True)

    assert rig.avito.calls == {"chats": 1}


async def test_another_price_or_title_is_shown_without_reading_the_thread(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    await rig.start()
    rig.avito.calls.clear()
    rig.avito.titles["c1"] = "Самокат, почти новый"

    await rig.sweep()

    assert rig.avito.calls == {"chats": 1}
    shown = await rig.account.redis.execute_command("HGET", keys.chat(SELLER, "c1"), "json")
    assert "почти новый" in shown.decode()


async def test_a_chat_without_an_item_has_its_type_which_is_asked_for_once(rig: SweepRig) -> None:
    rig.avito.types |= {"profile": "u2u", "avito": "a2u"}
    for chat_id in ("profile", "avito", "item"):
        rig.avito.write(chat_id, age=600)
    await rig.start()
    rig.avito.calls.clear()

    await rig.sweep()

    names = [keys.chat(SELLER, chat_id) for chat_id in ("profile", "avito", "item")]
    shown = [await rig.account.redis.execute_command("HGET", name, "type") for name in names]
    assert shown == [b'"u2u"', b'"a2u"', b'"u2i"']
    assert rig.avito.calls == {"chats": 1}


async def test_a_type_that_avito_did_not_tell_is_asked_for_again(rig: SweepRig) -> None:
    await rig.start()
    rig.avito.types |= {"profile": "u2u"}
    rig.avito.write("profile")
    rig.avito.trouble["u2u"] = Unavailable("chats", status=503)
    await rig.sweep()
    rig.avito.trouble.clear()

    await rig.sweep()

    name = keys.chat(SELLER, "profile")
    assert await rig.account.redis.execute_command("HGET", name, "type") == b'"u2u"'
    rig.avito.calls.clear()
    await rig.sweep()
    assert rig.avito.calls == {"chats": 1}


async def test_a_chat_that_was_read_long_before_it_is_shown_has_its_type(rig: SweepRig) -> None:
    rig.avito.types |= {"avito": "a2u"}
    rig.avito.write("avito", age=40 * 86_400)
    await rig.start()
    await rig.sweep()

    rig.avito.write("avito")
    await rig.sweep()

    name = keys.chat(SELLER, "avito")
    assert await rig.account.redis.execute_command("HGET", name, "type") == b'"a2u"'


async def test_messages_that_no_webhook_brought_are_noted_only_since_we_are_subscribed(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    await rig.start()
    await rig.account.redis.hset(keys.FACTS, "subscribed_since", repr(NOW - 100))
    rig.avito.write("c1", age=200)
    after = rig.avito.write("c1", age=50)

    await rig.sweep()

    assert await rig.account.redis.zrange(keys.found_by_sweep(SELLER), 0, -1) == [f"c1 {after}".encode()]


async def test_a_chat_to_recheck_is_read_although_the_list_is_the_same(rig: SweepRig) -> None:
    first = rig.avito.write("c1", age=600)
    rig.avito.write("c1", age=500)
    await rig.start()
    rig.avito.delete("c1", first)
    await rig.account.redis.hset(keys.to_recheck(SELLER), "c1", "why")

    await rig.sweep()

    assert (await rig.shown("c1"))[0] == (first, "deleted")
    assert await rig.state.rechecks() == {}


async def many_listed(rig: SweepRig) -> None:
    """More chats than Avito lists."""
    for number in range(1150):
        rig.avito.write(f"c{number:04d}", age=31 * DAY + number)
    await rig.start()


async def test_marks_of_unlisted_chats_are_bounded_where_the_list_is_incomplete(
    rig: SweepRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_state, "MOST_MARKS", 1_110)
    monkeypatch.setattr(sweeper, "MOST_MARKS", 1_110)
    await many_listed(rig)
    epoch = await rig.state.epoch()
    for number in range(30):
        chat = await rig.state.mark(f"c{number:04d}")
        assert chat is not None
        await rig.state.put(f"gone{number}", replace(chat, updated=NOW - 100 * DAY + number), epoch)
        rig.sweeper.listed[f"gone{number}"] = replace(
            rig.sweeper.listed["c0000"], chat_id=f"gone{number}", updated=NOW - 100 * DAY + number
        )

    await rig.sweep()

    marks = await rig.state.marks()
    kept = {f"gone{number}" for number in range(20, 30)}
    assert len(marks) == 1_110
    assert {chat_id for chat_id in marks if chat_id.startswith("gone")} == kept
    assert {chat_id for chat_id in rig.sweeper.listed if chat_id.startswith("gone")} == kept


async def test_a_chat_to_recheck_that_is_not_listed_is_left_to_its_own_look_up(rig: SweepRig) -> None:
    await many_listed(rig)
    await rig.account.redis.hset(keys.to_recheck(SELLER), "nowhere", "why")

    await rig.sweep()

    assert set(await rig.state.rechecks()) == {"nowhere"}


async def test_a_list_that_cannot_be_read_is_told_and_loses_no_chat(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    await rig.start()
    rig.avito.trouble["chats"] = Unavailable("chats", status=200, why="unreadable answer")

    await rig.sweep()
    await rig.sweep()

    facts = await rig.facts()
    assert facts["sweep_error"] == "список чатов не прочитан: ответ Avito не читается (HTTP 200)"
    assert (facts["sweep_failures"], facts["sweep_unchecked"]) == ("2", "1")
    assert await rig.shown("c1") == rig.truth("c1")
    rig.avito.trouble.clear()
    await rig.sweep()
    facts = await rig.facts()
    assert (facts["sweep_error"], facts.get("sweep_failures")) == ("", None)


async def test_chats_that_avito_cannot_list_are_said_to_be_unknown(rig: SweepRig) -> None:
    for number in range(1101):
        rig.avito.write(f"c{number:04d}", age=31 * DAY + number)

    await rig.sweep()

    assert (await rig.facts())["sweep_beyond"] == "1"


async def test_three_chats_that_cannot_be_read_do_not_keep_the_others_from_being_read(rig: SweepRig) -> None:
    for number in range(20):
        rig.avito.write(f"c{number:02d}", age=600)
    await rig.start()
    for number in range(20):
        rig.avito.write(f"c{number:02d}", age=number)
    rig.avito.trouble |= {f"c{number:02d}": Unavailable("messages", status=500) for number in range(4)}

    await rig.sweep()
    await rig.sweep()

    assert [await rig.shown(f"c{number:02d}") for number in range(4, 20)] == [
        rig.truth(f"c{number:02d}") for number in range(4, 20)
    ]


async def test_chats_whose_rows_hold_the_tariffs_advertising_are_not_read_for_ever(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    await rig.start()
    rig.avito.stubs = True
    rig.avito.calls.clear()

    for _ in range(3):
        await rig.sweep()
    rig.avito.stubs = False
    await rig.sweep()

    assert rig.avito.calls == {"chats": 4}


async def test_a_chat_that_the_first_list_did_not_show_is_no_news_later(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    await rig.start()
    rig.avito.write("c2", age=900)

    await rig.sweep()

    assert await rig.shown("c2") == rig.truth("c2")
    assert not [event for event in await rig.events() if event.get("ring")]
