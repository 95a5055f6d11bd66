"""A burst leaves few connections to Redis."""

import asyncio

import pytest
from redis.asyncio import Redis

from shared.redis.idle_connections import KEPT, close_idle
from testbed import until

pytestmark = pytest.mark.anyio


async def connections(redis: Redis) -> int:
    return int((await redis.info("clients"))["connected_clients"])


async def has(redis: Redis, *, at_least: int = 0, at_most: int = 10_000) -> bool:
    return at_least <= await connections(redis) <= at_most


async def test_connections_that_lie_unused_are_closed_but_a_few(real_redis: Redis) -> None:
    before = await connections(real_redis)
    waiting = [asyncio.create_task(real_redis.execute_command("BLPOP", "x", 0)) for _ in range(2 * KEPT)]
    await until(lambda: has(real_redis, at_least=2 * KEPT))
    await close_idle(real_redis.connection_pool)
    await real_redis.execute_command("RPUSH", "x", *range(2 * KEPT))
    assert sorted(int(value) for _, value in await asyncio.gather(*waiting)) == list(range(2 * KEPT))

    await close_idle(real_redis.connection_pool)

    await until(lambda: has(real_redis, at_most=before + KEPT))
    assert await real_redis.ping()
