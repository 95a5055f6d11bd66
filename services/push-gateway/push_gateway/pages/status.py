"""The status address, the same as at ingest: read once a second for all who ask."""

import asyncio
import time
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared import status

_FRESH_FOR = 1.0
_WITHIN = 2.0


class CachedStatus:
    """The status as JSON, seconds old at most."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._lock = asyncio.Lock()
        self._read_at = float("-inf")
        self._text = b""

    async def read(self) -> bytes:
        """Return the status; when Redis is away it says so."""
        async with self._lock:
            if time.monotonic() - self._read_at > _FRESH_FOR:
                self._text = orjson.dumps(await self._ask())
                self._read_at = time.monotonic()
            return self._text

    async def _ask(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(_WITHIN):
                return await status.read_status(self._redis, time.time())
        except (RedisError, OSError, TimeoutError):
            return status.away()
