"""The automatic answer in Redis: queued once, by however many workers, and only when it is wanted."""

import asyncio
from datetime import datetime
from functools import partial
from typing import Any, cast
from zoneinfo import ZoneInfo

import orjson
import pytest
from redis.asyncio import Redis

from shared.redis import keys
from tests.support.rewind import FailsOver
from tests.worker.builders import BUYER, CHAT, SELLER, make_message
from tests.worker.outbox.lost_tail import lose_tail, take_snapshot
from tests.worker.outbox.moody_avito import MoodyAvito, deliver_all
from tests.worker.outbox.replies import item
from worker.accounts.context import AccountContext
from worker.features.automatic_answers.answerer import MOST_WAITING, Answerer
from worker.messages.commit import Change, commit
from worker.messages.message import ChatFacts
from worker.messages.reading import read_message
from worker.outbox.automatic import ref_of

pytestmark = pytest.mark.anyio


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Moscow")).timestamp()


EVENING = at("2026-11-20T22:00")
FACTS = ChatFacts(1, 1, b"null", b"null", "", buying=False)
REF = ref_of(CHAT, (at("2026-11-20T21:00"), 0))


def answerer(redis: Redis, now: float = EVENING) -> Answerer:
    return Answerer(AccountContext(cast("Any", redis), cast("Any", None), SELLER, 200, clock=lambda: now))


async def switch(
    redis: Redis,
    *,
    on: bool = True,
    text: str = "Ответим утром",
    zone: str = "Europe/Moscow",
    hours: list[str] | None = None,
) -> None:
    setting = {
        "zone": zone,
        "days": [hours or ["09:00", "21:00"]] * 7,
        "automatic": {"enabled": on, "text": text},
    }
    await redis.set(keys.WORKING_HOURS, orjson.dumps(setting))


async def write(redis: Redis, name: str = "m1", created: float = EVENING - 5, **more: Any) -> None:
    message = make_message(name, created=created, **more)
    await commit(redis, Change(SELLER, CHAT, (message,), "webhook", FACTS, "u2i"), created, 200)


async def queued(redis: Redis) -> list[bytes]:
    refs: list[bytes] = await redis.execute_command("LRANGE", keys.outbox(SELLER, CHAT), 0, -1)
    return refs


async def test_it_is_off_until_the_owner_switches_it_on(store: Redis) -> None:
    await write(store)

    await answerer(store).answer()
    await switch(store, on=False)
    await answerer(store).answer()

    assert await queued(store) == []


async def test_a_question_in_the_evening_is_answered_with_the_owners_text(store: Redis) -> None:
    await switch(store)
    await write(store)

    await answerer(store).answer()

    shown = await item(store, REF)
    assert (shown["text"], shown["by"], shown["state"]) == ("Ответим утром", None, "queued")


@pytest.mark.parametrize(
    ("kind", "buying", "answers"),
    [("u2u", None, 1), ("", None, 1), ("u2i", False, 1), ("u2i", True, 0), ("a2u", None, 0)],
)
async def test_a_chat_waits_until_avito_says_whose_item_it_is(
    store: Redis, kind: str, buying: bool | None, answers: int
) -> None:
    await switch(store)
    message = make_message("m1", created=EVENING - 5)
    await commit(store, Change(SELLER, CHAT, (message,), "webhook"), EVENING - 5, 200)
    await answerer(store).answer()
    assert await queued(store) == []

    facts = ChatFacts(1, 1, b"null", b"null", "", buying)
    await commit(store, Change(SELLER, CHAT, (), "sweep", facts, kind), EVENING, 200)
    await answerer(store).answer()

    assert len(await queued(store)) == answers


async def test_many_looks_of_many_workers_queue_one_answer(store: Redis) -> None:
    await switch(store)
    await write(store)

    await asyncio.gather(*(answerer(store).answer() for _ in range(5)))
    await write(store, "m2", created=EVENING - 1)
    await answerer(store, EVENING + 1).answer()
    await switch(store, text="Другие слова")
    await answerer(store, EVENING + 2).answer()

    assert await queued(store) == [REF.encode()]


async def test_an_answer_that_was_cancelled_is_not_sent_again_this_evening(store: Redis) -> None:
    await switch(store)
    await write(store)
    await answerer(store).answer()
    await store.execute_command("HSET", keys.reply(SELLER, REF), "state", "cancelled")
    await store.execute_command("DEL", keys.outbox(SELLER, CHAT))

    await answerer(store).answer()

    assert await queued(store) == []


async def test_no_question_is_answered_during_the_day(store: Redis) -> None:
    await switch(store)
    noon = at("2026-11-20T12:00")
    await write(store, created=noon - 5)

    await answerer(store, noon).answer()

    assert await queued(store) == []


async def test_messages_of_an_import_are_not_answered(store: Redis) -> None:
    await switch(store)
    old = make_message("m1", created=EVENING - 3600)
    await commit(store, Change(SELLER, CHAT, (old,), "sweep", quiet=True), EVENING, 200)

    await answerer(store).answer()

    assert await queued(store) == []


@pytest.mark.parametrize("swept", [False, True], ids=["before the sweep", "after the sweep"])
async def test_an_answer_that_was_lost_with_the_tail_is_not_sent_again(store: Redis, *, swept: bool) -> None:
    await switch(store)
    await write(store)
    before = await take_snapshot(store)
    avito = MoodyAvito(store, now=EVENING)
    await answerer(store).answer()
    await deliver_all(avito)

    await lose_tail(store, before)
    if swept:
        await commit(store, Change(SELLER, CHAT, tuple(avito.truth), "sweep"), avito.now, 200)
    await answerer(store, avito.now).answer()
    await deliver_all(avito)

    assert [message.id for message in avito.truth] == ["m000"]
    assert (await item(store, REF))["message_id"] == "m000"
    assert await store.zscore(keys.unanswered(SELLER), CHAT) is not None


@pytest.mark.parametrize("command", [2, 3, 4])
async def test_an_answer_is_not_sent_again_whose_loss_falls_into_a_look(store: Redis, command: int) -> None:
    await switch(store)
    await answerer(store, EVENING - 700).answer()
    await write(store)
    before = await take_snapshot(store)
    avito = MoodyAvito(store, now=EVENING)
    await answerer(store).answer()
    await deliver_all(avito)
    client = FailsOver(connection_pool=store.connection_pool)
    client.before, client.fail_over = command, partial(lose_tail, store, before)

    await answerer(client, avito.now).answer()
    await deliver_all(avito)

    assert [message.id for message in avito.truth] == ["m000"]


async def test_a_question_of_this_epoch_is_answered_without_a_look(store: Redis) -> None:
    await switch(store)
    await answerer(store, EVENING - 700).answer()
    await write(store)
    avito = MoodyAvito(store, looks=["killed"], now=EVENING)

    await answerer(store).answer()
    await deliver_all(avito)

    assert avito.looks == ["killed"]
    assert len(avito.truth) == 1


async def test_only_a_few_wait_to_be_sent_before_an_operators_reply(store: Redis) -> None:
    await switch(store)
    chats = [f"c{number}" for number in range(MOST_WAITING + 2)]
    for name in chats:
        row = {"id": f"{name}-m", "author_id": BUYER, "created": EVENING - 5, "type": "text"}
        message = read_message(row | {"content": {"text": "Ещё продаёте?"}}, SELLER, name)
        await commit(store, Change(SELLER, name, (message,), "webhook", FACTS, "u2i"), EVENING - 5, 200)

    await answerer(store).answer()
    await answerer(store).answer()
    assert await store.zcard(keys.OUTBOX_WAITING) == MOST_WAITING

    await store.zremrangebyrank(keys.OUTBOX_WAITING, 0, 3)
    await answerer(store).answer()
    outboxes = [await store.llen(keys.outbox(SELLER, name)) for name in chats]
    assert outboxes == [1] * len(chats)


async def test_a_buyer_whose_program_answers_each_of_ours_gets_one_answer_a_night(store: Redis) -> None:
    await switch(store)
    await write(store)
    avito = MoodyAvito(store, now=EVENING)
    for turn in range(6):
        await answerer(store, avito.now).answer()
        await deliver_all(avito)
        await write(store, f"robot {turn}", created=avito.now + 1)
        await avito.sleep(5)

    assert len(avito.truth) == 1


async def test_an_answer_to_our_own_first_message_gets_no_automatic_answer(store: Redis) -> None:
    await switch(store)
    await write(store, "ours", created=EVENING - 20, author=SELLER)
    await write(store, "robot", created=EVENING - 19)

    await answerer(store).answer()

    assert await queued(store) == []


@pytest.mark.parametrize("night", ["2026-03-28", "2026-10-24"])
@pytest.mark.parametrize(("hours", "answers"), [(["00:00", "00:00"], 0), (["09:00", "21:00"], 1)])
async def test_a_night_in_which_the_clocks_change_is_one_night(
    store: Redis, night: str, hours: list[str], answers: int
) -> None:
    await switch(store, zone="Europe/Berlin", hours=hours)
    begin = datetime.fromisoformat(f"{night}T21:30").replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
    for ago in range(0, 10 * 3600, 1200):
        await write(store, f"m{ago}", created=begin + ago)
        await answerer(store, begin + ago + 5).answer()

    assert len(await queued(store)) == answers
