"""The one worker that watches: what it runs under its lease."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from shared.process.shutdown import end
from shared.redis import keys
from tests.support.stubborn import Stubborn
from tests.support.waiting import until
from tests.worker.fake_avito import FakeAvito, make_work
from worker.accounts.leader import Leader, make_metrics
from worker.settings import WebhookAddress
from worker.sync.intervals import SyncIntervals

pytestmark = pytest.mark.anyio
LEASE = keys.lease("watch")


async def test_a_worker_that_lost_its_lease_goes_on_with_none_of_its_loops(
    real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubborn, began = Stubborn(), asyncio.Event()

    async def obedient() -> None:
        began.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Leader, "loops", lambda _: {"obedient": obedient, "stubborn": stubborn.run})
    work, metrics = make_work(real_redis, FakeAvito()), make_metrics(CollectorRegistry())
    keeper = Leader(work, WebhookAddress("", ()), SyncIntervals(), "first", metrics)
    keeping = asyncio.create_task(keeper.keep_for_ever())
    await began.wait()

    await real_redis.set(LEASE, "another")

    await until(stubborn.ended.is_set)
    assert await real_redis.get(LEASE) == b"another"
    await end(keeping)
