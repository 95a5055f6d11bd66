"""A Redis that dies, loses data or is full."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis

from chaos.background import meanwhile
from chaos.faults.processes import frozen
from chaos.stage import Stage
from shared.redis import keys
from testbed.waiting import until

_HELD_UP = 50
_UNDER_THE_POLICY_S = 0.5
_CUT_EVERY_S = 0.3


@asynccontextmanager
async def redis_killed(stage: Stage, appendfsync: str) -> AsyncIterator[None]:
    """Kill -9 Redis and start it again with its data."""
    async with stage.redis as redis:
        await redis.config_set("appendfsync", appendfsync)
        await asyncio.sleep(_UNDER_THE_POLICY_S)
    await stage.system.kill("redis")
    yield
    await stage.start("redis")


@asynccontextmanager
async def redis_tail_cut(stage: Stage, size: int) -> AsyncIterator[None]:
    """Kill -9 Redis and truncate its AOF, as a power cut does."""
    await stage.system.kill("redis")
    newest = aof_of(stage.system.redis_server.folder)
    os.truncate(newest, max(0, newest.stat().st_size - size))
    yield
    await stage.start("redis")


@asynccontextmanager
async def redis_full(stage: Stage) -> AsyncIterator[None]:
    """Set `maxmemory` so low that Redis refuses every write, also deletions by a script."""
    async with stage.redis as redis:
        await redis.config_set("maxmemory", 1)
        try:
            yield
        finally:
            await redis.config_set("maxmemory", 0)


@asynccontextmanager
async def commits_refused(stage: Stage) -> AsyncIterator[None]:
    """Fill the inbox, then let Redis refuse every script of the worker that commits it."""
    async with frozen(stage, ["worker"]), stage.redis as redis:
        await until(lambda: _waiting(stage, _HELD_UP), within=30)
        await redis.config_set("maxmemory", 1)
    async with redis_full(stage):
        yield


@asynccontextmanager
async def subscriptions_killed(stage: Stage) -> AsyncIterator[None]:
    """Cut every pub/sub connection repeatedly, as Redis does when one reads too slowly."""
    async with stage.redis as redis:

        async def kill_on() -> None:
            while True:
                await kill_subscriptions(redis)
                await asyncio.sleep(_CUT_EVERY_S)

        async with meanwhile(kill_on()):
            yield


async def kill_subscriptions(redis: Redis) -> None:
    """Cut every pub/sub connection."""
    await redis.client_kill_filter(_type="pubsub")


async def _waiting(stage: Stage, entries: int) -> bool:
    async with stage.redis as redis:
        return int(await redis.xlen(keys.INBOX)) >= entries


def aof_of(folder: Path) -> Path:
    """Return the newest file of the AOF; Redis 7 keeps several in a folder."""
    parts = [*folder.glob("appendonlydir/*.incr.aof"), *folder.glob("appendonly.aof")]
    return max(parts, key=lambda path: path.stat().st_mtime)
