"""Restores an earlier state of a Redis, as a lost tail or a backup does."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from shared.redis import keys


@dataclass(frozen=True, slots=True)
class Held:
    """Every key with its value, as DUMP writes it, and how long it lives (ms, 0: for ever)."""

    values: dict[bytes, tuple[bytes, int]]


async def hold(redis: Redis) -> Held:
    """Return the whole state of Redis."""
    names = await redis.keys("*")
    async with redis.pipeline(transaction=True) as pipe:
        for name in names:
            pipe.dump(name)
            pipe.pttl(name)
        found = await pipe.execute()
    pairs = zip(names, found[::2], found[1::2], strict=True)
    return Held({name: (value, max(0, ttl)) for name, value, ttl in pairs if value is not None})


async def rewind(redis: Redis, held: Held) -> None:
    """Restore the state in a new epoch; all later changes are lost."""
    async with redis.pipeline(transaction=True) as pipe:
        pipe.flushall()
        for key, (value, ttl) in held.values.items():
            pipe.restore(key, ttl, value)
        pipe.execute_command("HSET", keys.STATE, "epoch", secrets.token_hex(6))
        await pipe.execute()


class FailsOver(Redis):
    """A client whose Redis fails over, as `fail_over` does it, just before its command number `before`."""

    before = 0
    fail_over: Callable[[], Awaitable[None]]

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send a command, perhaps to the Redis after the failover."""
        self.before -= 1
        if self.before == 0:
            await self.fail_over()
        return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]  # redis-py's
