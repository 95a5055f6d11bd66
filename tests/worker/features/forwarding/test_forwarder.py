"""Buyers' messages reach the owner's Telegram chat once each, and only those that ring."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.process.shutdown import cancel_and_wait
from shared.redis import keys
from shared.redis.journal_reader import head
from shared.redis.lease import Lease
from testbed import until
from tests.support.rewind import FailsOver
from tests.worker.builders import CHAT, SELLER, make_message
from tests.worker.outbox.lost_tail import lose_tail, take_snapshot
from worker.accounts.context import AccountContext
from worker.features.forwarding import forwarder as forwarding
from worker.features.forwarding.forwarder import Forwarder, stay_off
from worker.features.telegram import NotSentError, Telegram
from worker.messages.commit import Change, commit
from worker.messages.message import ChatFacts

pytestmark = pytest.mark.anyio
NOW = 1_757_403_800.0
LEASE = keys.lease("watch")
FACTS = ChatFacts(NOW, NOW, b'{"id":1,"name":"\xd0\x92\xd0\xb5\xd1\x80\xd0\xb0"}', b"null", "fp")


@dataclass
class Heard:
    """A Telegram that keeps what it is sent; `refuses`: these calls, counted from 1, it takes nothing.

    It answers when `answers` is set.
    """

    texts: list[str] = field(default_factory=list)
    refuses: tuple[int, ...] = ()
    calls: int = 0
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, text: str) -> None:
        self.calls += 1
        if self.calls in self.refuses:
            raise NotSentError("status 429")
        self.texts.append(text)
        await self.answers.wait()


@pytest.fixture
def heard() -> Heard:
    telegram = Heard()
    telegram.answers.set()
    return telegram


def forwarder(store: Redis, heard: Heard) -> Forwarder:
    account = AccountContext(cast("Any", store), cast("Any", None), SELLER, 200)
    return Forwarder(account, cast("Telegram", heard))


def at_work(store: Redis, heard: Heard) -> asyncio.Task[None]:
    """Forward as a worker does: under the lease, until it is ended."""
    return asyncio.create_task(
        Lease(store, LEASE, "first").run_while_held(forwarder(store, heard).forward_for_ever)
    )


async def forward_all(store: Redis, heard: Heard) -> None:
    """Forward all that is new, by a worker that has just begun to lead."""
    one = forwarder(store, heard)
    while await one.forward():
        pass


async def missing(store: Redis, key: str) -> bool:
    return not await store.exists(key)


async def put(store: Redis, message_id: str, **more: Any) -> None:
    message = make_message(message_id, created=NOW + int(message_id[1:]), **more)
    await commit(store, Change(SELLER, CHAT, (message,), "webhook", facts=FACTS), NOW, 200)


async def test_messages_from_before_it_was_switched_on_are_not_forwarded(store: Redis, heard: Heard) -> None:
    await put(store, "m1")
    one = forwarder(store, heard)
    await one.forward()
    await put(store, "m2")
    await one.forward()
    await one.forward()

    assert heard.texts == ["Вера: text of m2"]


async def test_our_own_messages_and_known_ones_are_not_forwarded(store: Redis, heard: Heard) -> None:
    one = forwarder(store, heard)
    await one.forward()
    await put(store, "m1")
    await put(store, "m2", author=SELLER)
    await put(store, "m1", read=NOW)
    await put(store, "m3")
    await one.forward()

    assert heard.texts == ["Вера: text of m1\n\nВера: text of m3"]


async def test_a_text_that_telegram_refused_is_sent_later_by_the_next_leader(
    store: Redis, heard: Heard
) -> None:
    await forwarder(store, heard).forward()
    await put(store, "m1")
    heard.refuses = (1,)
    with pytest.raises(NotSentError):
        await forwarder(store, heard).forward()

    await forwarder(store, heard).forward()

    assert heard.texts == ["Вера: text of m1"]


async def test_after_a_lost_tail_of_redis_it_goes_on_from_the_head(store: Redis, heard: Heard) -> None:
    await store.execute_command("SET", "avito:forwarded", 500)
    one = forwarder(store, heard)
    await one.forward()
    await put(store, "m1")
    await one.forward()

    assert heard.texts == ["Вера: text of m1"]


async def test_where_the_journal_was_trimmed_it_goes_on_with_what_is_left(store: Redis, heard: Heard) -> None:
    await forwarder(store, heard).forward()
    for number in range(1, 4):
        await put(store, f"m{number}")
    await store.xtrim(keys.JOURNAL, maxlen=2, approximate=False)
    await forward_all(store, heard)

    assert heard.texts == ["Вера: text of m2\n\nВера: text of m3"]


async def test_a_worker_that_ends_while_telegram_answers_saves_what_it_sent(
    store: Redis, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "FINISH_S", 60.0)
    await forwarder(store, heard).forward()
    await put(store, "m1")
    heard.answers.clear()
    working = at_work(store, heard)
    await until(lambda: heard.texts)

    ending = asyncio.create_task(cancel_and_wait(working))
    await until(lambda: working.cancelling() > 1)
    heard.answers.set()
    await ending

    assert await store.get(LEASE) is None
    await forwarder(store, heard).forward()
    assert heard.texts == ["Вера: text of m1"]


async def test_a_telegram_that_never_answers_delays_no_shutdown_and_loses_nothing(
    store: Redis, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "FINISH_S", 0.05)
    await forwarder(store, heard).forward()
    await put(store, "m1")
    heard.answers.clear()
    working = at_work(store, heard)
    await until(lambda: heard.texts)

    await asyncio.wait_for(cancel_and_wait(working), 15)

    heard.answers.set()
    await forwarder(store, heard).forward()
    assert heard.texts == ["Вера: text of m1"] * 2


async def test_a_text_that_telegram_took_is_not_sent_again_when_it_refuses_the_next(
    store: Redis, heard: Heard
) -> None:
    await forwarder(store, heard).forward()
    for number in range(1, 7):
        await put(store, f"m{number}", content={"text": f"{number}" * 900})
    heard.refuses = (2,)
    with pytest.raises(NotSentError):
        await forward_all(store, heard)

    await forward_all(store, heard)

    sent = "".join(heard.texts)
    assert [sent.count(f"{number}" * 900) for number in range(1, 7)] == [1] * 6


async def test_a_worker_that_was_overtaken_while_it_sent_moves_no_position_back(
    store: Redis, heard: Heard
) -> None:
    await forwarder(store, heard).forward()
    await put(store, "m1")
    heard.answers.clear()
    slow = asyncio.create_task(forwarder(store, heard).forward())
    await until(lambda: heard.texts)
    await put(store, "m2")
    reached = str(await head(store))
    await store.execute_command("HSET", keys.journal_positions(SELLER), forwarding.NAME, reached)

    heard.answers.set()
    await slow
    await forwarder(store, heard).forward()

    assert heard.texts == ["Вера: text of m1"]


async def test_a_redis_that_refuses_the_position_causes_no_second_send(
    real_redis: Redis, heard: Heard
) -> None:
    one = forwarder(real_redis, heard)
    await one.forward()
    await put(real_redis, "m1")
    await real_redis.config_set("maxmemory", "1")
    try:
        for _ in range(3):
            with pytest.raises(ResponseError, match="maxmemory"):
                await one.forward()
    finally:
        await real_redis.config_set("maxmemory", "0")
    await put(real_redis, "m2")
    await one.forward()

    assert heard.texts == ["Вера: text of m1", "Вера: text of m2"]


async def test_messages_after_a_lost_tail_are_forwarded_also_when_it_was_lost_during_a_send(
    real_redis: Redis, heard: Heard
) -> None:
    one = forwarder(real_redis, heard)
    await one.forward()
    before = await take_snapshot(real_redis)
    for number in range(1, 4):
        await put(real_redis, f"m{number}")
    heard.answers.clear()
    sending = asyncio.create_task(one.forward())
    await until(lambda: heard.texts)
    await lose_tail(real_redis, before)
    await put(real_redis, "m4")
    heard.answers.set()
    await sending
    await one.forward()

    assert heard.texts[1:] == ["Вера: text of m4"]


@pytest.mark.parametrize("came", [2, 8])
@pytest.mark.parametrize("command", range(1, 7))
async def test_each_message_after_a_failover_is_forwarded_once_whenever_it_happens(
    real_redis: Redis, heard: Heard, command: int, came: int
) -> None:
    client = FailsOver(connection_pool=real_redis.connection_pool)
    one = forwarder(client, heard)
    await one.forward()
    before = await take_snapshot(real_redis)
    for number in range(1, 4):
        await put(real_redis, f"m{number}")
    await one.forward()
    await put(real_redis, "m4")
    later = [f"m{number}" for number in range(11, 11 + came)]

    async def fail_over() -> None:
        await lose_tail(real_redis, before)
        for message_id in later:
            await put(real_redis, message_id)

    client.fail_over, client.before = fail_over, command
    for _ in range(4):
        await one.forward()

    lost = {f"Вера: text of m{number}" for number in range(1, 5)}
    sent = "\n\n".join(heard.texts).split("\n\n")
    assert [text for text in sent if text not in lost] == [f"Вера: text of {one}" for one in later]


async def test_messages_that_came_while_it_was_off_are_not_forwarded(real_redis: Redis, heard: Heard) -> None:
    on = forwarder(real_redis, heard)
    await on.forward()
    await put(real_redis, "m1")
    off = asyncio.create_task(stay_off(on.account))
    await until(lambda: missing(real_redis, keys.journal_positions(SELLER)))
    await cancel_and_wait(off)

    await on.forward()
    await put(real_redis, "m2")
    await on.forward()

    assert heard.texts == ["Вера: text of m2"]
