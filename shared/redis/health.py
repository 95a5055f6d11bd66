"""Asks Redis for its health, and whether it takes writes."""

from dataclasses import replace
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.redis.info import RedisInfo, read_info
from shared.redis.less_sure import is_busy, note


async def ask_info(redis: Redis, section: str | None = None) -> dict[str, Any]:
    """Return INFO; {} where Redis keeps it from our user. Raises RedisError."""
    try:
        info: dict[str, Any] = await redis.info(section)
    except ResponseError as error:
        if is_busy(error):
            raise
        note("info")
        return {}
    if section != "replication" and info and "maxmemory" not in info:
        note("memory")
    return info


async def ask_health(redis: Redis) -> RedisInfo:
    """Return what Redis says of itself; what it hides counts as good. Raises RedisError."""
    info = read_info(await ask_info(redis))
    return info if info.saves else replace(info, takes_writes=await _takes_writes(redis))


async def _takes_writes(redis: Redis) -> bool:
    """Tell whether a failed snapshot stops no write: INFO does not say, but then PING is refused too."""
    try:
        await redis.ping()
    except ResponseError as error:
        return "MISCONF" not in str(error)
    return True
