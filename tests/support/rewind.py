"""Takes a Redis back to what it held before, as a lost tail or a backup does."""

import secrets
from dataclasses import dataclass

from redis.asyncio import Redis

from shared import keys


@dataclass(frozen=True, slots=True)
class Held:
    """Every key with its value, as DUMP writes it, and how long it lives (ms, 0: for ever)."""

    values: dict[bytes, tuple[bytes, int]]


async def hold(redis: Redis) -> Held:
    """Remember all that Redis holds."""
    values: dict[bytes, tuple[bytes, int]] = {}
    for key in await redis.keys("*"):
        value = await redis.dump(key)
        if value is not None:
            values[key] = (value, max(0, await redis.pttl(key)))
    return Held(values)


async def rewind(redis: Redis, held: Held) -> None:
    """Bring back what was held, in a new epoch; all that came since is lost."""
    await redis.flushall()
    for key, (value, ttl) in held.values.items():
        await redis.restore(key, ttl, value)
    await redis.execute_command("HSET", keys.STATE, "epoch", secrets.token_hex(6))
