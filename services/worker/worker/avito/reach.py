"""Redis for those who can go on without it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger("worker.avito")

_PATIENCE_S = 1.0
_LEFT_ALONE_S = 1.0

T = TypeVar("T")


class Reach:
    """One per process. `clock` only runs forward (seconds)."""

    def __init__(self, redis: Redis, clock: Callable[[], float]) -> None:
        self._redis = redis
        self._clock = clock
        self._try_again = 0.0

    async def ask(self, command: Callable[[Redis], Awaitable[T]]) -> T | None:
        """Return the reply, None when Redis is away, hangs, or did so a moment ago."""
        if self._clock() < self._try_again:
            return None
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await command(self._redis)
        except (RedisError, TimeoutError, OSError) as error:
            self._try_again = self._clock() + _LEFT_ALONE_S
            log.warning("worker.avito.without_redis", extra={"error": type(error).__name__})
            return None
