"""Each reply leaves once and in order, in spite of all failures of Avito, the network and the workers."""

from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from shared.redis import keys
from testbed import RedisServer
from tests.support.emptied import emptied
from tests.worker.builders import CHAT, SELLER
from tests.worker.outbox.moody_avito import (
    LOOKS,
    MOODS,
    Killed,
    Mood,
    MoodyAvito,
    deliver_all,
    run,
    turn_of,
    work_of,
)
from tests.worker.outbox.replies import NOW, item, make_wish, open_chat, press, queue, states, thread
from worker.messages.deletion import as_deleted
from worker.outbox.deliver import requeue_due

texts = st.lists(st.sampled_from(["Да", "Нет", "Да, приезжайте"]), min_size=1, max_size=5)
moods: st.SearchStrategy[list[Mood]] = st.lists(st.sampled_from(MOODS), max_size=12)
looks = st.lists(st.sampled_from(LOOKS), max_size=6)
echoes = st.lists(st.none() | st.sampled_from([0.0, 0.5, 4.0, 40.0]), max_size=8)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts, moods, looks, echoes, st.sampled_from([0.0, 0.9, 2.5]), st.floats(0, 1))
@example(["Да", "Да"], ["cut after", "cut after"], [], [], 2.5, 0.5)
@example(["Да", "Да"], ["killed after", "killed after"], ["500"], [], 2.5, 0.5)
@example(["Да", "Да"], ["500 after", "500", "silent after"], ["429"], [4.0, None], 2.5, 0.0)
def test_each_reply_leaves_exactly_once_and_in_order(  # noqa: PLR0917 - Hypothesis hands them by position
    redis_server: RedisServer,
    said: list[str],
    avito_does: list[Mood],
    looked: list[str],
    echoed: list[float | None],
    lag_s: float,
    chance: float,
) -> None:
    async def story() -> None:
        async with emptied(redis_server) as redis:
            avito = MoodyAvito(redis, list(avito_does), list(looked), list(echoed), lag_s)
            await open_chat(redis)
            for number, text in enumerate(said):
                await queue(redis, make_wish(f"r{number}", text))

            await deliver_all(avito, chance)
            await avito.sleep(60)

            await check(redis, avito, said)

    run(story)


async def check(redis: Redis, avito: MoodyAvito, said: list[str]) -> None:
    items = [await item(redis, f"r{number}") for number in range(len(said))]
    sent = [one for one in items if one["state"] == "sent"]
    failed = [one for one in items if one["state"] == "failed"]
    assert len(sent) + len(failed) == len(said)
    assert sorted(one["text"] for one in failed) == sorted(avito.refused)
    assert [text_of(message.content) for message in avito.truth] == [one["text"] for one in sent]
    assert [one["message_id"] for one in sent] == [message.id for message in avito.truth]
    shown = [message for message in await thread(redis) if message["direction"] == "out"]
    assert [message["id"] for message in shown] == [message.id for message in avito.truth]
    assert all(message["own"] == {"operator": "olga"} for message in shown)
    assert await redis.exists(keys.outbox(SELLER, CHAT), keys.OUTBOX_WAITING, keys.to_deliver(SELLER)) == 0


def text_of(content: bytes) -> Any:
    return orjson.loads(content)["text"]


pytestmark = pytest.mark.anyio
DOWN: tuple[Mood, ...] = ("unreachable",) * 2_000


async def one_reply(store: Redis, *does: Mood, **more: Any) -> MoodyAvito:
    avito = MoodyAvito(store, list(does), **more)
    await open_chat(store)
    await queue(store, make_wish())
    return avito


@pytest.mark.parametrize(
    ("mood", "looked_until"),
    [("500", 3.0), ("cut", 5.0), ("unreadable", 13.0), ("silent", 13.0), ("killed", 13.0)],
)
async def test_before_a_second_attempt_the_thread_is_checked_for_so_long(
    store: Redis, mood: Mood, looked_until: float
) -> None:
    avito = await one_reply(store, mood)

    await deliver_all(avito)

    second = avito.truth[0].created - NOW
    assert looked_until <= second < looked_until + 4
    assert avito.sends == 2


async def test_a_200_that_names_no_message_is_found_in_the_thread_within_seconds(store: Redis) -> None:
    avito = await one_reply(store, "unreadable after")

    await deliver_all(avito, within_s=4.0)

    shown = await item(store)
    assert (shown["state"], shown["message_id"], avito.sends) == ("sent", avito.truth[0].id, 1)


async def test_a_reply_that_was_deleted_at_avito_before_it_was_found_is_not_sent_again(store: Redis) -> None:
    avito = await one_reply(store, "cut after")

    async def delete() -> None:
        avito.truth[0] = as_deleted(avito.truth[0])

    avito.before_answer = delete
    await deliver_all(avito)

    shown = await item(store)
    assert (shown["state"], shown["message_id"], avito.sends) == ("sent", avito.truth[0].id, 1)
    assert [message["deleted"] for message in await thread(store) if message["direction"] == "out"] == [True]


async def test_after_a_429_the_reply_waits_as_told_without_a_check(store: Redis) -> None:
    avito = await one_reply(store, "429", looks=["killed"])

    await deliver_all(avito)

    assert avito.looks == ["killed"]
    assert 3.0 <= avito.truth[0].created - NOW < 4.0


async def test_trouble_is_shown_with_its_reason_until_the_reply_is_sent(store: Redis) -> None:
    avito = await one_reply(store, "unreachable", "unreachable", "unreachable")

    await deliver_all(avito)

    events = [orjson.loads(fields[b"e"]) for _, fields in await store.xrange(keys.JOURNAL)]
    waits = [one["item"] for one in events if one["type"] == "outbox" and one["item"]["code"]]
    assert {one["since"] for one in waits} == {NOW}
    assert waits[-1]["reason"] == "Avito не отвечает, пробуем снова."
    shown = await item(store)
    assert (shown["state"], shown["tries"], shown["reason"], shown["since"]) == ("sent", 4, None, None)


async def test_after_a_day_a_reply_fails_and_can_be_retried(store: Redis) -> None:
    avito = await one_reply(store, *DOWN)
    await turn_of(avito)
    avito.now += 80_000  # the day is long, and all its attempts fail alike

    await deliver_all(avito)

    shown = await item(store)
    assert (shown["state"], shown["code"], shown["retryable"]) == ("failed", "gave_up", True)
    assert 86_400 <= avito.now - NOW < 86_500


@pytest.mark.parametrize(
    ("webhook", "ago"), [(True, 5), (False, 1000)], ids=["known already", "from long before"]
)
async def test_the_same_words_typed_in_avitos_app_are_not_taken_for_the_reply(
    store: Redis, *, webhook: bool, ago: int
) -> None:
    avito = await one_reply(store, "cut")
    await avito.write_in_app("Да", webhook=webhook)
    avito.now += ago

    await deliver_all(avito)

    assert [message.id for message in avito.truth] == ["m000", "m001"]
    assert (await item(store))["message_id"] == "m001"


async def test_a_job_that_finds_the_reply_waiting_queues_no_other_job(store: Redis) -> None:
    avito = await one_reply(store, "429")

    assert await turn_of(avito) is not None
    assert await turn_of(avito) is None


async def test_a_reply_of_a_lost_worker_is_shown_as_sending(store: Redis) -> None:
    avito = await one_reply(store, "killed after")

    await deliver_all(avito)

    assert await states(store) == ["queued", "sending", "sent"]
    assert avito.sends == 1


@pytest.mark.parametrize("mood", ["late", "401 late"])
async def test_checks_are_timed_from_when_the_request_left(store: Redis, mood: Mood) -> None:
    avito = await one_reply(store, mood, token_s=6.5)

    await deliver_all(avito)
    await avito.sleep(60)

    assert [message.id for message in avito.truth] == ["m000"]
    assert (await item(store))["message_id"] == "m000"


async def test_a_reply_cancelled_while_a_token_is_fetched_does_not_leave(store: Redis) -> None:
    avito = await one_reply(store, token_s=6.5)
    avito.while_waiting = lambda: press(store, "cancel")

    await deliver_all(avito)

    assert avito.truth == []
    assert await states(store) == ["queued", "cancelled"]


async def test_a_retry_is_not_matched_by_the_same_words_written_in_the_app_meanwhile(store: Redis) -> None:
    avito = await one_reply(store, "forbids", "cut")
    await deliver_all(avito)
    await avito.write_in_app("Да", webhook=True)
    await press(store, "retry", now=avito.now)

    await deliver_all(avito)

    assert [message.id for message in avito.truth] == ["m000", "m001"]
    assert (await item(store))["message_id"] == "m001"


async def test_an_attempt_after_a_429_is_not_matched_by_the_same_words_written_before_it(
    store: Redis,
) -> None:
    avito = await one_reply(store, "429", "cut")
    await turn_of(avito)
    await avito.write_in_app("Да", webhook=True)

    await deliver_all(avito)

    assert [message.id for message in avito.truth] == ["m000", "m001"]
    assert (await item(store))["message_id"] == "m001"


async def test_a_retry_of_an_unconfirmed_reply_checks_the_thread_first(store: Redis) -> None:
    avito = await one_reply(store, "500 after", "forbids", looks=["500", "500"], lag_s=30.0)
    await deliver_all(avito)
    assert (await item(store))["state"] == "failed"
    await avito.sleep(60)
    await press(store, "retry", now=avito.now)

    await deliver_all(avito)

    assert [message.id for message in avito.truth] == ["m000"]
    assert (await item(store))["message_id"] == "m000"


@pytest.mark.parametrize("mood", ["429", "killed"])
@pytest.mark.parametrize("back_s", [30.0, 3600.0])
async def test_setting_the_clock_back_delays_no_reply(store: Redis, mood: Mood, back_s: float) -> None:
    avito = await one_reply(store, mood)
    with suppress(Killed):
        await turn_of(avito)
    avito.now -= back_s
    set_back = avito.now

    await deliver_all(avito)

    assert avito.truth[0].created - set_back < 25.0
    assert avito.sends == 2


async def test_a_chat_that_is_due_by_a_clock_since_set_back_gets_a_job(store: Redis) -> None:
    avito = await one_reply(store, "429")
    await turn_of(avito)
    await store.delete(keys.REPLIES_QUEUE)
    await requeue_due(work_of(avito))
    assert await store.zcard(keys.REPLIES_QUEUE) == 0

    avito.now -= 3600.0
    await requeue_due(work_of(avito))

    assert await store.zcard(keys.REPLIES_QUEUE) == 1
