"""Reads the journal: the events after a position, together with the epoch and the head."""

import asyncio
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from shared.redis import keys
from shared.redis.lua import scripts

ROWS = 200
_AT_ONCE = 8
_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class JournalSlice:
    """Events (seq, ready JSON) after a position, oldest first, at most as many as were asked for."""

    epoch: str
    head: int
    rows: tuple[tuple[int, bytes], ...]


async def read(redis: Redis, after: int, count: int = ROWS) -> JournalSlice:
    """Read the events after seq `after`, as of one instant. Raises RedisError."""
    state, entries = await scripts.read_journal(first=f"{after + 1}-0", count=count).run(redis)
    epoch, seq = await _named(redis, state)
    rows = tuple((int(entry.partition(b"-")[0]), event) for entry, (_, event) in entries)
    return JournalSlice(epoch, seq, rows)


class JournalReader:
    """Reads for single clients what the hub no longer holds; few at once, so that a storm queues up."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def read(self, after: int) -> JournalSlice:
        """Read the events after seq `after`. Raises RedisError or TimeoutError."""
        async with self._turns, asyncio.timeout(_WITHIN_S):
            return await read(self._redis, after)


async def head(redis: Redis) -> tuple[str, int]:
    """Return the epoch and the newest seq. Raises RedisError."""
    return await _named(redis, await redis.execute_command("HMGET", keys.STATE, "epoch", "seq"))


async def _named(redis: Redis, state: list[Any]) -> tuple[str, int]:
    """Read the state; if Redis has been emptied, new connections name a new epoch first."""
    if state[0] is None:
        await redis.connection_pool.disconnect()
        state = await redis.execute_command("HMGET", keys.STATE, "epoch", "seq")
    return (state[0] or b"").decode(), int(state[1] or 0)
