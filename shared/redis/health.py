"""Asks Redis for its health, and whether it takes writes."""

from dataclasses import replace

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.redis.info import RedisInfo, read_info


async def ask_health(redis: Redis) -> RedisInfo:
    """Return what Redis says of itself. Raises RedisError, where INFO is hidden a ResponseError."""
    info = read_info(await redis.info())
    return info if info.saves else replace(info, takes_writes=await _takes_writes(redis))


async def _takes_writes(redis: Redis) -> bool:
    """Tell whether a failed snapshot stops no write: INFO does not say, but then PING is refused too."""
    try:
        await redis.ping()
    except ResponseError as error:
        return "MISCONF" not in str(error)
    return True
