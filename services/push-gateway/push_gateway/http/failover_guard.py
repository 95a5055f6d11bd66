"""Confirms a write only when a planned failover would not undo it."""

import asyncio

from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from push_gateway.http.error_handlers import not_replicated
from push_gateway.http.gateway import gateway_in
from shared.redis.replication import is_replicated, term_of, wait_for_failover

_READS = ("GET", "HEAD", "OPTIONS")
_STEADY_WITHIN_S = 2.0
_SAFE_WITHIN_S = 2.0
_REFUSED = 400


class FailoverGuard:
    """ASGI middleware: a write waits while a failover is under way, and its 2xx until a replica has it.

    Otherwise the answer is 503: the write may be done or not, and may be repeated.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] in _READS:
            await self._app(scope, receive, send)
            return
        redis = gateway_in(scope["state"]).redis
        await wait_for_failover(redis, _STEADY_WITHIN_S)
        term, kept = term_of(redis), True

        async def send_if_kept(message: Message) -> None:
            nonlocal kept
            if message["type"] == "http.response.start" and message["status"] < _REFUSED:
                kept = await is_safe(redis, term)
                if not kept:
                    await not_replicated()(scope, receive, send)
            if kept:
                await send(message)

        await self._app(scope, receive, send_if_kept)


async def is_safe(redis: Redis, term: int) -> bool:
    """Whether everything written in this term is replicated; False when that is not known in time."""
    try:
        async with asyncio.timeout(_SAFE_WITHIN_S):
            return await is_replicated(redis, term)
    except (RedisError, OSError, TimeoutError):
        return False
