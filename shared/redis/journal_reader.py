"""The one way to read the journal: what follows a position, within bounds and as of one instant."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from redis.asyncio import Redis

from shared.process.stored import read_or
from shared.redis import keys
from shared.redis.journal import JournalPosition, JournalSlice
from shared.redis.lua import scripts

MAX_EVENTS = 200
MAX_BYTES = 1024 * 1024


async def read_after(
    redis: Redis, position: JournalPosition, max_events: int = MAX_EVENTS, max_bytes: int = MAX_BYTES
) -> JournalSlice:
    """Return the events that follow a position, until a bound is reached. Raises RedisError.

    One event is returned however large it is. Where the journal does not go on from the position, the slice
    says `gap`.
    """
    call = scripts.read_journal(
        epoch=position.epoch, seq=position.seq, max_events=max_events, max_bytes=max_bytes
    )
    return make_slice(*await _in_an_epoch(redis, lambda: call.run(redis)))


async def head(redis: Redis) -> JournalPosition:
    """Return the end of the journal. Raises RedisError."""
    epoch, seq = await _in_an_epoch(redis, lambda: redis.hmget(keys.STATE, ["epoch", "seq"]))
    return JournalPosition((epoch or b"").decode(), read_or(keys.STATE, seq, int, 0))


async def _in_an_epoch(redis: Redis, read: Callable[[], Awaitable[Sequence[Any]]]) -> Sequence[Any]:
    """Read; if Redis has been emptied, let new connections name an epoch first."""
    found = await read()
    if found[0] is None:
        await redis.connection_pool.disconnect()
        found = await read()
    return found


def make_slice(epoch: bytes | None, newest: int, after: int, events: list[bytes] | None) -> JournalSlice:
    """Read what lua/_read_journal.lua returns."""
    return JournalSlice((epoch or b"").decode(), newest, after, tuple(events or ()), gap=events is None)
