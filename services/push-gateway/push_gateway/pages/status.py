"""The status address, the same as at ingest: read once a second for all who ask."""

import asyncio
import time
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.auth.access import PATH
from shared import status

_FRESH_FOR_S = 1.0
_WITHIN_S = 2.0


class CachedStatus:
    """The status as JSON, a second old at most."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._lock = asyncio.Lock()
        self._read_at = float("-inf")
        self._text = b""

    async def read(self) -> bytes:
        """Return the status; when Redis is away it says so."""
        async with self._lock:
            if time.monotonic() - self._read_at > _FRESH_FOR_S:
                self._text = orjson.dumps(await self._ask())
                self._read_at = time.monotonic()
            return self._text

    async def _ask(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(_WITHIN_S):
                return await status.read_status(self._redis, time.time())
        except (RedisError, OSError, TimeoutError):
            return status.unreachable()


async def show(request: Request) -> Response:
    """Answer `GET webhook/status`: always 200, for everybody, without secrets."""
    cached: CachedStatus = request.state.status
    return Response(await cached.read(), media_type="application/json")


ROUTES = [Route(f"{PATH}webhook/status", show)]
