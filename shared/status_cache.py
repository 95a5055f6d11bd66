"""The status page: read from Redis once a second for all clients, and shown also without Redis."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import Response

from shared import status

FRESH_S = 1.0
TIMEOUT_S = 2.0


class StatusCache:
    """Shows a status that is at most FRESH_S + TIMEOUT_S old; `name` and `own` facts are an ingest's."""

    def __init__(self, redis: Redis, name: str = "", own: Callable[[], dict[str, Any]] = dict) -> None:
        self._redis = redis
        self._name = name
        self._own = own
        self._lock = asyncio.Lock()
        self._read_at = float("-inf")
        self._shown: dict[str, Any] = {}

    async def show(self, request: Request) -> Response:
        """Return the status, always with a 200."""
        async with self._lock:
            if time.monotonic() - self._read_at > FRESH_S:
                self._shown = await self._read()
                self._read_at = time.monotonic()
        headers = {"cache-control": "no-store"}
        return Response(orjson.dumps(self._shown), headers=headers, media_type="application/json")

    async def _read(self) -> dict[str, Any]:
        own = self._own()
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await status.read_status(self._redis, time.time(), self._name, own)
        except (RedisError, OSError):
            return status.unreachable(own)
