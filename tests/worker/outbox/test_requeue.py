"""Chats that are due and have no job get one, without duplicates."""

import pytest
from redis.asyncio import Redis

from shared.redis import keys
from shared.wires import jobs
from tests.worker.builders import SELLER
from tests.worker.fake_avito import FakeAvito, make_account
from worker.outbox.deliver import REQUEUED_AT_ONCE, requeue_due

pytestmark = pytest.mark.anyio


async def test_looking_again_and_again_queues_no_duplicate_jobs(store: Redis) -> None:
    account = make_account(store, FakeAvito())
    chats = {f"c{number}": account.clock() - 60 for number in range(REQUEUED_AT_ONCE + 10)}
    await store.zadd(keys.to_deliver(SELLER), chats)

    for _ in range(3):
        await requeue_due(account)

    assert await jobs.waiting(store, jobs.REPLIES) == REQUEUED_AT_ONCE
