"""Tells whether writes would survive a planned failover.

    term = term_of(redis)
    ...writes...
    if await is_replicated(redis, term): ...confirm it

True: the Redis that was written to is still the master, each of its replicas that keeps up has everything,
and no Sentinel has begun a failover. A planned failover promotes one of these replicas. A Redis without
replicas has nothing to wait for.
"""

import asyncio
from typing import Any

from redis.asyncio import Redis

from shared.redis import keys
from shared.redis.health import ask_info
from shared.redis.journal import Publication, write
from shared.redis.less_sure import is_forbidden, note
from shared.redis.master_pool import OneMasterPool, is_failing_over

WAIT_MS = 1000
"""How long the replicas may take."""
MAX_LAG_S = 3
"""A replica reports each second; one that has been silent longer is neither awaited nor promoted."""
_POLL_S = 0.05
_PROBE = write(Publication("-", None, None, b'{"type":"probe"}'))
"""A probe that is no event: every gateway ignores it."""


def term_of(redis: Redis) -> int:
    """Return the number of the present master; call it before you write."""
    pool = redis.connection_pool
    return pool.term if isinstance(pool, OneMasterPool) else 0


async def is_replicated(redis: Redis, term: int) -> bool:
    """Tell whether all writes of this term are safe. Raises RedisError."""
    if not await _replicas_have_it(redis):
        return False
    pool = redis.connection_pool
    if not isinstance(pool, OneMasterPool):
        return True
    await pool.refresh()
    return pool.term == term and not pool.failing


async def wait_for_failover(redis: Redis, within_s: float) -> bool:
    """Wait while a failover is under way; False when it lasts longer than `within_s` seconds."""
    pool = redis.connection_pool
    deadline = asyncio.get_running_loop().time() + within_s
    while is_failing_over(pool):
        if asyncio.get_running_loop().time() >= deadline:
            return False
        await asyncio.sleep(_POLL_S)
    return True


def replicas_to_wait_for(replication: dict[str, Any]) -> int:
    """Return how many replicas must have a write, by `INFO replication`. Pure.

    All that keep up; of those that are connected and silent, one. One that has confirmed nothing yet is still
    loading the data, and no failover promotes it.
    """
    linked = int(replication.get("connected_slaves", 0))
    replicas = (replication.get(f"slave{number}", {}) for number in range(linked))
    loaded = [one for one in replicas if one.get("state") == "online" and int(one.get("offset", 0)) > 0]
    lags = [int(replica.get("lag", 0)) for replica in loaded]
    return sum(lag <= MAX_LAG_S for lag in lags) or min(1, len(lags))


async def _replicas_have_it(redis: Redis) -> bool:
    awaited = replicas_to_wait_for(await ask_info(redis, "replication"))
    return not awaited or await _replicas_that_have_it(redis, awaited) >= awaited


async def _replicas_that_have_it(redis: Redis, awaited: int) -> int:
    """Wait until so many replicas have a probe of ours, which comes after all earlier writes.

    WAIT counts only writes of its own connection. A full Redis takes no SET, but it publishes.
    """
    async with redis.pipeline(transaction=False) as pipe:
        pipe.publish(keys.EVENTS, _PROBE)
        pipe.wait(awaited, WAIT_MS)
        published, have = await pipe.execute(raise_on_error=False)
    if trouble := next((one for one in (published, have) if isinstance(one, Exception)), None):
        if not is_forbidden(trouble):
            raise trouble
        note("wait")
        return awaited
    return int(have)
