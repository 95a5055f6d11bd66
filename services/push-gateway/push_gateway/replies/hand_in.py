"""Hands a reply in to the worker so that a planned failover does not lose it."""

import asyncio

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.redis.master_pool import OneMasterPool
from shared.redis.replication import is_replicated, term_of
from shared.wires.outbox import Wish
from shared.wires.queue_reply import Queued, queue

_WITHIN_S = 3.5
_AGAIN_S = 0.1


async def queue_safely(redis: Redis, wish: Wish) -> tuple[Queued, bytes]:
    """Queue a reply, under its ref again and again until a replica has it.

    The next master may know nothing of it. It is not sent twice: what no replica knows the worker does not
    send (worker/outbox/attempt.py). Raises TimeoutError, and RedisError where there are no Sentinels.
    """
    async with asyncio.timeout(_WITHIN_S):
        while True:
            term = term_of(redis)
            try:
                verdict, item = await queue(redis, wish)
                if verdict not in ("queued", "known") or await is_replicated(redis, term):
                    return verdict, item
            except RedisError:
                if not isinstance(redis.connection_pool, OneMasterPool):
                    raise
            await asyncio.sleep(_AGAIN_S)
