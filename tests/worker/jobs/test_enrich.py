"""When a chat is due to be enriched, and what a killed worker or a clock that was set back leaves."""

import asyncio
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from shared.process.shutdown import cancel_and_wait
from shared.redis import keys
from shared.wires import jobs
from testbed import until
from tests.worker.builders import SELLER
from tests.worker.fake_avito import FakeAvito, make_account
from worker.accounts.context import ACCOUNT
from worker.avito.chats import ChatListing
from worker.jobs import enrich
from worker.jobs.enrich import AGAIN_S, EnrichmentQueue, is_due

pytestmark = pytest.mark.anyio
NOW = 1_757_403_725.0


@pytest.mark.parametrize(
    ("in_s", "due"), [(-60, True), (0, True), (1, False), (AGAIN_S, False), (AGAIN_S + 1, True), (3600, True)]
)
def test_a_chat_is_due_at_its_time_or_when_that_lies_too_far_ahead(in_s: float, *, due: bool) -> None:
    assert is_due(NOW + in_s, NOW) is due


async def test_a_clock_that_was_set_back_delays_no_chat(store: Redis) -> None:
    account = make_account(store, FakeAvito())
    await store.zadd(keys.to_enrich(SELLER), {"c1": account.clock() + 3_600, "c2": account.clock() + 10})

    await enrich.requeue_due(account)

    (job,) = await store.zrange(keys.ENRICHMENT_QUEUE, 0, -1)
    told = await store.get(b"arq:job:" + job)
    assert jobs.decode(told or b"{}")["a"] == [SELLER, "c1"]


async def test_a_burst_of_messages_makes_one_job_at_any_time_of_day(store: Redis) -> None:
    ticks = iter((3.0, 4.0, 9.0))
    hints = EnrichmentQueue(store, SELLER, lambda: next(ticks))

    for _ in range(3):
        await hints("c1")

    assert await store.zcard(keys.ENRICHMENT_QUEUE) == 2


class SilentAvito(FakeAvito):
    """Says nothing of any chat."""

    async def chat(self, chat_id: str) -> Any:
        self.calls["chat"] += 1
        await asyncio.Event().wait()


class EmptyingAvito(FakeAvito):
    """Tells of a chat after Redis was emptied."""

    redis: Redis

    async def chat(self, chat_id: str) -> ChatListing:
        await self.redis.flushall()
        return (await self.chats()).chats[0]


async def test_a_chat_that_redis_lost_while_avito_was_asked_does_not_come_back_without_a_message(
    store: Redis,
) -> None:
    avito = EmptyingAvito()
    avito.redis = store
    avito.write("c1")
    account = make_account(store, avito)
    await store.zadd(keys.to_enrich(SELLER), {"c1": account.clock()})

    await enrich.enrich_chat({ACCOUNT: cast("Any", account)}, SELLER, "c1")

    assert await store.zcard(keys.chats(SELLER)) == 0


async def test_a_chat_that_a_killed_worker_was_enriching_is_free_within_seconds(store: Redis) -> None:
    avito = SilentAvito()
    account = make_account(store, avito)
    await store.zadd(keys.to_enrich(SELLER), {"c1": account.clock()})
    killed = asyncio.create_task(enrich.enrich_chat({ACCOUNT: cast("Any", account)}, SELLER, "c1"))
    await until(lambda: avito.calls["chat"])

    left_ms = await store.pttl(keys.lease(f"enrich:{SELLER}:c1"))
    await cancel_and_wait(killed)

    assert 0 < left_ms <= 5_000
