"""One process at a time has a lease and does its work."""

import asyncio
from contextlib import suppress

import pytest
from redis.asyncio import Redis

from shared.redis import keys
from shared.redis.lease import Lease
from testbed import until

pytestmark = pytest.mark.anyio
KEY = keys.lease("test")


def lease(redis: Redis, owner: str, ttl_s: float = 0.6) -> Lease:
    return Lease(redis, KEY, owner, ttl_s=ttl_s, every_s=0.05)


class Working:
    """Says who works, for the length of a block."""

    def __init__(self, redis: Redis, *owners: str) -> None:
        self.at_work: list[str] = []
        self.most = 0
        self.tasks = {owner: asyncio.create_task(self._hold(redis, owner)) for owner in owners}

    async def _hold(self, redis: Redis, owner: str) -> None:
        await lease(redis, owner).run_while_held(lambda: self._work(owner))

    async def _work(self, owner: str) -> None:
        self.at_work.append(owner)
        self.most = max(self.most, len(self.at_work))
        try:
            await asyncio.Event().wait()
        finally:
            self.at_work.remove(owner)

    async def end(self, *owners: str) -> None:
        for owner in owners or self.tasks:
            self.tasks[owner].cancel()
            with suppress(asyncio.CancelledError):
                await self.tasks[owner]


async def test_one_of_many_works(real_redis: Redis) -> None:
    working = Working(real_redis, "a", "b", "c")

    await until(lambda: working.at_work)
    await asyncio.sleep(0)

    assert working.most == 1
    await working.end()


async def test_a_clean_shutdown_leaves_the_work_to_another_process_at_once(real_redis: Redis) -> None:
    working = Working(real_redis, "a", "b")
    await until(lambda: working.at_work)
    first = working.at_work[0]

    await working.end(first)
    await until(lambda: working.at_work and working.at_work != [first])

    assert working.most == 1
    await working.end({"a": "b", "b": "a"}[first])


async def test_the_lease_of_a_dead_owner_expires_in_time(real_redis: Redis) -> None:
    await lease(real_redis, "dead").acquire()
    working = Working(real_redis, "a")

    await until(lambda: working.at_work == ["a"])

    await working.end()


async def test_a_process_that_has_lost_the_lease_stops_working(real_redis: Redis) -> None:
    working = Working(real_redis, "a")
    await until(lambda: working.at_work)

    await real_redis.set(KEY, "thief")
    await until(lambda: not working.at_work)

    assert await real_redis.get(KEY) == b"thief"
    await working.end()


async def test_a_lease_from_before_an_interruption_is_still_ours(real_redis: Redis) -> None:
    ours = lease(real_redis, "a", ttl_s=30)
    assert await ours.acquire()

    assert await ours.acquire()
    assert not await lease(real_redis, "b").acquire()


async def test_an_error_of_the_work_is_raised_and_the_lease_released(real_redis: Redis) -> None:
    async def broken() -> None:
        raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        await lease(real_redis, "a", ttl_s=30).run_while_held(broken)

    assert await real_redis.get(KEY) is None
