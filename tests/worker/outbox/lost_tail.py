"""What a power cut or a failover does: data of a moment ago comes back, in a new epoch."""

import secrets
from dataclasses import dataclass

from redis.asyncio import Redis

from shared.redis import keys


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that Redis held at one instant: key, milliseconds to live (0: for ever), value as DUMP has it."""

    entries: tuple[tuple[bytes, int, bytes], ...]


async def take_snapshot(redis: Redis) -> Snapshot:
    """Remember all that is held now."""
    entries = []
    for key in await redis.keys():
        lives_ms = max(0, await redis.pttl(key))
        entries.append((key, lives_ms, await redis.execute_command("DUMP", key)))
    return Snapshot(tuple(entries))


async def lose_tail(redis: Redis, snapshot: Snapshot) -> None:
    """Lose what was written since, and begin another epoch."""
    await set_back(redis, snapshot)
    await redis.execute_command("HSET", keys.STATE, "epoch", secrets.token_hex(4))


async def set_back(redis: Redis, snapshot: Snapshot) -> None:
    """Lose what was written since, as yet unnoticed."""
    await redis.flushall()
    for key, lives_ms, value in snapshot.entries:
        await redis.execute_command("RESTORE", key, lives_ms, value)
