"""A reply of an earlier epoch may have been sent in a lost tail, so the thread is checked first."""

import pytest
from redis.asyncio import Redis

from shared.redis import keys
from shared.redis.epoch_watch import EpochWatch
from shared.redis.tracked_pool import TrackedPool
from tests.worker.builders import CHAT, SELLER
from tests.worker.outbox.lost_tail import lose_tail, set_back, take_snapshot
from tests.worker.outbox.moody_avito import Mood, MoodyAvito, deliver_all, turn_of
from tests.worker.outbox.replies import NOW, item, make_wish, open_chat, press, queue
from worker.outbox.box import Box, meet_epoch
from worker.outbox.reply import Reply

pytestmark = pytest.mark.anyio


async def waiting(store: Redis, *moods: Mood) -> MoodyAvito:
    """A reply that was tried in vain and waits."""
    avito = MoodyAvito(store, list(moods))
    await open_chat(store)
    await queue(store, make_wish())
    await turn_of(avito)
    return avito


async def test_a_waiting_reply_that_was_sent_in_a_lost_tail_is_not_sent_again(store: Redis) -> None:
    avito = await waiting(store, "429")
    before = await take_snapshot(store)
    await deliver_all(avito)

    await lose_tail(store, before)
    await deliver_all(avito)

    assert [message.id for message in avito.truth] == ["m000"]
    shown = await item(store)
    assert (shown["state"], shown["message_id"]) == ("sent", "m000")


async def test_a_reply_that_was_sent_before_redis_was_set_back_waits_until_that_is_noticed(
    store: Redis,
) -> None:
    pool = store.connection_pool
    assert isinstance(pool, TrackedPool)
    watch = EpochWatch(pool, commits=True)
    avito = await waiting(store, "429")
    await watch.look()
    before = await take_snapshot(store)
    await deliver_all(avito)
    await watch.look()

    await set_back(store, before)
    await turn_of(avito)
    assert len(avito.truth) == 1
    await watch.look()
    await deliver_all(avito)

    assert [message.id for message in avito.truth] == ["m000"]
    assert (await item(store))["state"] == "sent"


@pytest.mark.parametrize("junk", ["x", "7.5", "1e9"])
async def test_a_reply_is_sent_though_the_number_of_the_newest_event_is_junk(store: Redis, junk: str) -> None:
    pool = store.connection_pool
    assert isinstance(pool, TrackedPool)
    watch = EpochWatch(pool, commits=True)
    avito = await waiting(store)
    await queue(store, make_wish("r2", "Нет"))
    await watch.look()
    await store.execute_command("HSET", keys.STATE, "seq", junk)

    await turn_of(avito)
    await watch.look()
    await deliver_all(avito)

    assert (len(avito.truth), (await item(store, "r2"))["state"]) == (2, "sent")


async def test_several_replies_that_were_sent_in_a_lost_tail_are_each_found(store: Redis) -> None:
    avito = await waiting(store, "429")
    await queue(store, make_wish("r2"))
    await queue(store, make_wish("r3", "Нет"))
    before = await take_snapshot(store)
    await deliver_all(avito)

    await lose_tail(store, before)
    await deliver_all(avito)

    assert len(avito.truth) == 3
    assert [(await item(store, ref))["message_id"] for ref in ("r1", "r2", "r3")] == ["m000", "m001", "m002"]


async def test_a_waiting_reply_that_was_not_sent_leaves_once_no_attempt_can_be_in_flight(
    store: Redis,
) -> None:
    avito = await waiting(store, "429")
    await lose_tail(store, await take_snapshot(store))
    began_anew = avito.now
    assert await turn_of(avito) is not None
    assert avito.sends == 1

    await deliver_all(avito)

    assert avito.sends == 2
    assert 13.0 <= avito.truth[0].created - began_anew < 20.0


async def test_a_late_message_of_an_attempt_in_the_lost_tail_is_found(store: Redis) -> None:
    avito = await waiting(store, "429")
    before = await take_snapshot(store)
    await lose_tail(store, before)
    await turn_of(avito)

    await avito.sleep(11.0)
    await avito.write_in_app("Да", webhook=False)  # the request of the worker that was cut off arrives
    await deliver_all(avito)

    assert [message.id for message in avito.truth] == ["m000"]
    assert (await item(store))["message_id"] == "m000"


async def test_a_reply_queued_in_this_epoch_is_sent_at_once(store: Redis) -> None:
    avito = await waiting(store, "429")
    await deliver_all(avito)
    await lose_tail(store, await take_snapshot(store))
    await queue(store, make_wish("r2", at=avito.now))

    await turn_of(avito)

    assert (await item(store, "r2"))["state"] == "sent"
    assert avito.sends == 3


async def test_a_retry_checks_the_thread_first_where_an_earlier_one_may_be_lost(store: Redis) -> None:
    avito = await waiting(store, "forbids")
    before = await take_snapshot(store)
    await press(store, "retry")
    await deliver_all(avito)
    await lose_tail(store, before)
    assert (await item(store))["state"] == "failed"

    await press(store, "retry")
    await deliver_all(avito)

    assert [message.id for message in avito.truth] == ["m000"]
    assert (await item(store))["message_id"] == "m000"


async def test_a_reply_without_an_epoch_is_checked_first(store: Redis) -> None:
    avito = MoodyAvito(store)
    await open_chat(store)
    await queue(store, make_wish())
    before = await take_snapshot(store)
    await deliver_all(avito)
    await lose_tail(store, before)
    await store.execute_command("HDEL", keys.reply(SELLER, "r1"), "epoch")
    await store.execute_command("HSET", keys.reply(SELLER, "r1"), "held", "")

    await deliver_all(avito)

    assert len(avito.truth) == 1


async def test_an_attempt_that_was_decided_in_an_earlier_epoch_does_not_begin(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish())
    box = Box(store, SELLER, CHAT, "one")
    reply = await box.take(NOW)
    assert isinstance(reply, Reply)

    await lose_tail(store, await take_snapshot(store))

    assert not await box.begin(reply, "t1", NOW)


async def test_an_attempt_that_began_anew_in_this_epoch_is_checked_from_then_on(store: Redis) -> None:
    avito = MoodyAvito(store, ["401 late"])
    await open_chat(store)
    await queue(store, make_wish())

    async def change_the_epoch() -> None:
        avito.while_waiting = None
        await lose_tail(store, await take_snapshot(store))
        await meet_epoch(store, avito.now)
        await avito.sleep(8.0)  # so long the new token takes

    avito.while_waiting = change_the_epoch
    await deliver_all(avito)
    await avito.sleep(60)

    assert [message.id for message in avito.truth] == ["m000"]


@pytest.mark.parametrize("minutes", [0, 40])
async def test_a_reply_that_is_queued_again_after_its_loss_is_checked_first(
    store: Redis, minutes: int
) -> None:
    avito = MoodyAvito(store)
    await open_chat(store)
    before = await take_snapshot(store)
    epoch = (await store.execute_command("HGET", keys.STATE, "epoch")).decode()
    await queue(store, make_wish(epoch=epoch))
    await deliver_all(avito)
    await lose_tail(store, before)
    await meet_epoch(store, avito.now)
    await avito.sleep(minutes * 60)

    await queue(store, make_wish(at=avito.now, epoch=epoch))
    await deliver_all(avito)

    assert [message.id for message in avito.truth] == ["m000"]
    assert (await item(store))["message_id"] == "m000"


async def test_a_reply_that_a_lost_tail_may_have_sent_is_not_cancelled_unchecked(store: Redis) -> None:
    avito = await waiting(store, "429")
    before = await take_snapshot(store)
    await deliver_all(avito)
    await lose_tail(store, before)

    assert await press(store, "cancel", now=avito.now) == "wrong"
    assert (await item(store))["state"] == "sending"
    await deliver_all(avito)

    assert ((await item(store))["state"], len(avito.truth)) == ("sent", 1)


async def restore(store: Redis, avito: MoodyAvito, days: float = 0.0) -> None:
    """Bring back from a backup what waits now, after so many days in which it was sent."""
    backup = await take_snapshot(store)
    await deliver_all(avito)
    await avito.sleep(days * 86_400)
    await lose_tail(store, backup)
    for ref in await store.execute_command("LRANGE", keys.outbox(SELLER, CHAT), 0, -1):
        await store.execute_command("HSET", keys.reply(SELLER, ref.decode()), "restored", "1")


@pytest.mark.parametrize("days", [0.0, 7.0])
async def test_a_reply_sent_since_the_backup_is_found_and_not_sent_again(store: Redis, days: float) -> None:
    avito = await waiting(store, "429")
    await restore(store, avito, days)

    await deliver_all(avito)

    assert [message.id for message in avito.truth] == ["m000"]
    assert (await item(store))["message_id"] == "m000"


@pytest.mark.parametrize("days", [0.0, 7.0])
async def test_a_reply_from_a_backup_is_not_sent_without_an_operator(store: Redis, days: float) -> None:
    avito = await waiting(store, "429")
    await restore(store, avito, days)
    avito.truth.clear()

    await deliver_all(avito)

    shown = await item(store)
    assert (shown["state"], shown["code"], shown["retryable"]) == ("failed", "restored", True)
    assert shown["reason"].startswith("Восстановлено из резервной копии")
    assert avito.truth == []

    await press(store, "retry", now=avito.now)
    await deliver_all(avito)

    assert [message.id for message in avito.truth] == ["m000"]
    assert (await item(store))["state"] == "sent"


async def test_an_automatic_answer_from_a_backup_is_cancelled(store: Redis) -> None:
    avito = MoodyAvito(store)
    await open_chat(store)
    await queue(store, make_wish(by=None))
    await restore(store, avito)
    avito.truth.clear()

    await deliver_all(avito)

    shown = await item(store)
    assert (shown["state"], shown["code"]) == ("cancelled", None)
    assert avito.truth == []
    assert await store.exists(keys.outbox(SELLER, CHAT), keys.OUTBOX_WAITING, keys.to_deliver(SELLER)) == 0
