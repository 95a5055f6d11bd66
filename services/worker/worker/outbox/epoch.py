"""Since when the outbox knows the epoch that Redis is in: what is older may have been lost with a tail."""

from redis.asyncio import Redis

from shared.redis import keys, lua

_MEET = lua.load("meet_epoch")


async def met(redis: Redis, now: float) -> float:
    """Return when this epoch was met (Unix seconds), now if it was not before. Raises RedisError."""
    return float(await _MEET.run(redis, [keys.STATE], [repr(now)]))
