"""Missed webhooks lead to polling, and webhooks are trusted again after a while."""

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from shared.redis import keys
from shared.wires import inbox
from tests.worker.builders import SELLER
from tests.worker.sync.subscription.conftest import SubscriptionRig
from worker.sync.subscription.switch import ModeSwitch
from worker.sync.subscription.sync_state import SyncState

pytestmark = pytest.mark.anyio


async def test_three_missed_webhooks_lead_to_polling(trusted: SubscriptionRig) -> None:
    await trusted.found_by_sweep("m1", "m2", "m3")

    await trusted.controller.update()

    assert await trusted.mode() == ("polling", "missed")
    assert await trusted.switches() == [("webhook", "polling", "missed")]
    assert trusted.signals.at_once


async def test_a_switch_is_published_with_its_reason_and_the_recovered_messages(
    trusted: SubscriptionRig,
) -> None:
    await trusted.found_by_sweep("m1", "m2", "m3", "m4")

    await trusted.controller.update()

    event = (await trusted.told())[-1]
    assert event["chat_id"] is None
    assert event["account_id"] == SELLER
    assert {name: event[name] for name in ("mode", "reason", "code", "recovered")} == {
        "mode": "polling",
        "reason": "вебхуки не доходят: без них пришло сообщений: 4",
        "code": "missed",
        "recovered": 4,
    }


async def test_a_webhook_may_be_a_minute_behind_a_sweep(trusted: SubscriptionRig) -> None:
    await trusted.found_by_sweep("m1", "m2", "m3", age=59)

    await trusted.controller.update()

    assert await trusted.mode() == ("webhook", None)


async def test_an_unverified_webhook_is_not_a_missed_one(trusted: SubscriptionRig) -> None:
    await trusted.found_by_sweep("m1", "m2", "m3")
    await trusted.redis.zadd(keys.unverified_messages(SELLER), {"c1 m2": trusted.avito.clock.now})

    await trusted.controller.update()

    assert await trusted.mode() == ("webhook", None)
    assert await trusted.redis.zcard(keys.missed_webhooks(SELLER)) == 2


async def test_nothing_is_missed_while_accepted_webhooks_wait_in_the_inbox(trusted: SubscriptionRig) -> None:
    waiting = inbox.write(inbox.Webhook(b"{}", trusted.avito.clock.now))
    await trusted.redis.execute_command("XADD", keys.INBOX, "1-1", *waiting)
    await trusted.found_by_sweep("m1", "m2", "m3")

    await trusted.controller.update()

    assert await trusted.mode() == ("webhook", None)
    await trusted.redis.delete(keys.INBOX)
    await trusted.controller.update()
    assert await trusted.mode() == ("polling", "missed")


async def test_nothing_is_missed_while_accepted_webhooks_wait_in_a_spool(trusted: SubscriptionRig) -> None:
    await trusted.spool(7)
    await trusted.found_by_sweep("m1", "m2", "m3")

    await trusted.controller.update()

    assert await trusted.mode() == ("webhook", None)
    await trusted.spool(0)
    await trusted.controller.update()
    assert await trusted.mode() == ("polling", "missed")


async def test_misses_far_apart_do_not_lead_to_polling(trusted: SubscriptionRig) -> None:
    for name in ("m1", "m2", "m3", "m4"):
        await trusted.found_by_sweep(name)
        await trusted.controller.update()
        trusted.avito.clock.now += 500

    assert await trusted.mode() == ("webhook", None)


async def test_after_ten_minutes_without_a_miss_webhooks_are_trusted_again(trusted: SubscriptionRig) -> None:
    await trusted.found_by_sweep("m1", "m2", "m3")
    await trusted.controller.update()
    trusted.avito.clock.now += 599
    await trusted.controller.update()
    assert await trusted.mode() == ("polling", "missed")

    trusted.avito.clock.now += 2
    await trusted.controller.update()
    await trusted.controller.update()

    assert await trusted.mode() == ("webhook", None)
    assert await trusted.redis.exists(keys.missed_webhooks(SELLER)) == 0


async def test_a_new_miss_keeps_the_mode_at_polling(trusted: SubscriptionRig) -> None:
    await trusted.found_by_sweep("m1", "m2", "m3")
    await trusted.controller.update()
    trusted.avito.clock.now += 500
    await trusted.found_by_sweep("m4")
    await trusted.controller.update()
    trusted.avito.clock.now += 500

    await trusted.controller.update()

    assert await trusted.mode() == ("polling", "missed")
    assert len(await trusted.switches()) == 1


async def test_misses_of_a_clock_that_was_ahead_do_not_keep_the_mode_at_polling(
    trusted: SubscriptionRig,
) -> None:
    now = trusted.avito.clock.now
    trusted.avito.clock.now += 180 * 86_400
    await trusted.found_by_sweep("m1", "m2", "m3")
    await trusted.controller.update()
    assert await trusted.mode() == ("polling", "missed")

    trusted.avito.clock.now = now
    await trusted.controller.update()

    assert await trusted.mode() == ("webhook", None)


async def test_messages_found_by_a_clock_that_was_ahead_never_count_as_missed(
    trusted: SubscriptionRig,
) -> None:
    now = trusted.avito.clock.now

    await trusted.redis.zadd(
        keys.found_by_sweep(SELLER), dict.fromkeys(["c1 m1", "c1 m2", "c1 m3"], now + 86_400)
    )
    trusted.avito.clock.now = now
    await trusted.controller.update()

    trusted.avito.clock.now = now + 2 * 86_400
    await trusted.controller.update()

    assert await trusted.mode() == ("webhook", None)


async def test_a_new_epoch_triggers_a_sweep_and_a_look(trusted: SubscriptionRig) -> None:
    await trusted.controller.update()
    trusted.signals.at_once = False
    await trusted.redis.execute_command("HSET", keys.STATE, "epoch", "another")

    await trusted.controller.update()

    assert trusted.signals.at_once
    assert trusted.signals.look.is_set()


async def test_where_there_is_no_checkout_the_reason_names_the_command(
    trusted: SubscriptionRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.command_names.HAS_MAKE", False)
    await trusted.redis.execute_command("HSET", keys.FACTS, "avito", "keys refused")

    await trusted.controller.update()

    reason = await trusted.redis.hget(keys.FACTS, "reason")
    assert reason is not None
    assert "(avito-live doctor)" in reason.decode()


async def test_avitos_return_triggers_a_sweep_and_a_look(trusted: SubscriptionRig) -> None:
    await trusted.redis.execute_command("HSET", keys.FACTS, "avito", "down since 1757400000")
    await trusted.controller.update()
    trusted.signals.at_once = False
    await trusted.redis.execute_command("HSET", keys.FACTS, "avito", "ok")

    await trusted.controller.update()

    assert trusted.signals.at_once
    assert trusted.signals.look.is_set()


async def test_a_switch_whose_response_is_lost_triggers_a_sweep(
    trusted: SubscriptionRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await trusted.found_by_sweep("m1", "m2", "m3")
    trusted.signals.at_once = False
    tell = trusted.state.tell

    async def told_in_vain(_: SyncState, switch: ModeSwitch) -> bool:
        await tell(switch)
        raise RedisConnectionError

    monkeypatch.setattr(SyncState, "tell", told_in_vain)
    with pytest.raises(RedisConnectionError):
        await trusted.controller.update()

    assert await trusted.mode() == ("polling", "missed")
    assert trusted.signals.at_once


async def test_a_worker_without_the_lease_switches_nothing(trusted: SubscriptionRig) -> None:
    await trusted.redis.set(keys.lease("watch"), "another worker")
    await trusted.found_by_sweep("m1", "m2", "m3")

    await trusted.controller.update()

    assert await trusted.mode() == ("webhook", None)
    assert await trusted.switches() == []


async def test_the_list_of_switches_stays_short(trusted: SubscriptionRig) -> None:
    for number in range(60):
        await trusted.want(wanted=number % 2 == 1)
        trusted.signals.looked_at = float("inf")
        await trusted.controller.update()

    assert len(await trusted.switches()) == 50
