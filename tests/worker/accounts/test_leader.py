"""The process that leads an account: its loops run only while it holds the lease."""

import asyncio

import pytest
from redis.asyncio import Redis

from shared.process.shutdown import cancel_and_wait
from shared.redis import keys
from shared.redis.lease import Lease
from testbed import until
from tests.support.stubborn import Stubborn
from worker.accounts.leader import lead_for_ever

pytestmark = pytest.mark.anyio
LEASE = keys.lease("watch")


async def test_a_worker_that_lost_its_lease_goes_on_with_none_of_its_loops(real_redis: Redis) -> None:
    stubborn, began = Stubborn(), asyncio.Event()

    async def obedient() -> None:
        began.set()
        await asyncio.Event().wait()

    leading = asyncio.create_task(
        lead_for_ever(
            Lease(real_redis, LEASE, "first"), lambda: {"obedient": obedient, "stubborn": stubborn.run}
        )
    )
    await began.wait()

    await real_redis.set(LEASE, "another")

    await until(stubborn.ended.is_set)
    assert await real_redis.get(LEASE) == b"another"
    await cancel_and_wait(leading)
