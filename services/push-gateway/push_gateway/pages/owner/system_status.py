"""The system's status: every process, the last mode switches, counters since the beginning."""

import asyncio
import time

import orjson
from redis.asyncio import Redis
from starlette.responses import Response

from push_gateway.http.responses import json_response
from push_gateway.http.routes import OWNER_API, ApiCall, get
from shared import status
from shared.process.stored import read_each
from shared.redis import keys
from shared.wires import heartbeat

_WITHIN_S = 3.0


async def show(call: ApiCall) -> Response:
    """Answer `GET status`."""
    redis = call.redis
    async with asyncio.timeout(_WITHIN_S):
        parts = await heartbeat.live_processes_by_kind(redis)
        return json_response(
            {
                "status": await status.read_status(redis, time.time()),
                "parts": {
                    part: [{"name": n, **facts} for n, facts in of.items()] for part, of in parts.items()
                },
                "switches": await _switches(redis),
                "counters": await _counters(redis),
            }
        )


async def _switches(redis: Redis) -> list[object]:
    return read_each(keys.SWITCHES, await redis.lrange(keys.SWITCHES, 0, -1), orjson.loads)


async def _counters(redis: Redis) -> dict[str, int]:
    found = await redis.hgetall(keys.COUNTERS)
    return dict(read_each(keys.COUNTERS, found.items(), lambda one: (one[0].decode(), int(one[1]))))


ROUTES = [get(f"{OWNER_API}/status", "manage", show)]
