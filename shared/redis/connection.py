"""Connects to Redis: from URL to client, with retries and the epoch check on every new connection."""

from functools import partial
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import BusyLoadingError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from shared.redis import redis_url, sentinel_url
from shared.redis.epoch import name_epoch, refuses_writes
from shared.redis.master_pool import OneMasterPool
from shared.redis.packing import pack_with_hiredis
from shared.redis.sentinels import Sentinels
from shared.redis.tls_renewal import read_anew
from shared.redis.tracked_pool import TrackedPool


async def open_epoch(connection: AbstractConnection, *, commits: bool = False) -> None:
    """Finish a new connection by opening an epoch for this run of Redis (lua/open_epoch.lua).

    So no command ever reaches a Redis whose restart or failover went unnoticed, and with `commits` none whose
    user may not do all that a commit does.
    """
    await connection.on_connect()
    try:
        await name_epoch(connection, commits=commits)
    except ResponseError as error:
        if not refuses_writes(error):
            raise
        raise RedisConnectionError(str(error)) from None  # retried, see `connection_options`


def connection_options(
    *, names_epoch: bool = True, commits: bool = False, timeout: float = 5.0, retries: int = 3
) -> dict[str, Any]:
    """Return the options of every connection, direct or by Sentinels.

    No `health_check_interval`: redis-py checks also while it connects, and connects again when that fails,
    without end while Redis is frozen. A connection that broke unnoticed costs one of the retries. It does not
    tell its library (`CLIENT SETINFO`), which the users of users.acl may not and Redis 6 does not know.
    """
    options: dict[str, Any] = {
        "lib_name": None,
        "lib_version": None,
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry": Retry(ExponentialBackoff(cap=0.5, base=0.05), retries),
        "retry_on_error": [RedisConnectionError, RedisTimeoutError, BusyLoadingError],
    }
    if names_epoch:
        options["redis_connect_func"] = partial(open_epoch, commits=commits)
    return options


def make_pool(
    url: str, *, names_epoch: bool = True, commits: bool = False, timeout: float = 5.0, retries: int = 3
) -> TrackedPool:
    """Return a pool for `redis://`, `rediss://`, `unix://` or `redis[s]+sentinel://h1:p,h2:p/master/db`.

    Its connections survive restarts and failovers, and pack commands by hiredis. `commits`: see `open_epoch`.
    """
    url = redis_url.normal(url)
    options = connection_options(names_epoch=names_epoch, commits=commits, timeout=timeout, retries=retries)
    if not url.startswith("unix:"):
        options["socket_keepalive"] = True
    if not sentinel_url.names_sentinels(url):
        return read_anew(pack_with_hiredis(TrackedPool.from_url(url, **options)))
    parts = sentinel_url.parse(url)
    waits: dict[str, Any] = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0}
    waits |= {"lib_name": None, "lib_version": None}
    sentinels = Sentinels(parts.hosts, parts.master, **waits, **parts.sentinel_options)
    pool = OneMasterPool(parts.master, sentinels, db=parts.db, **parts.login, **parts.options, **options)
    return read_anew(pack_with_hiredis(pool))


def connect(url: str, *, names_epoch: bool = True, timeout: float = 5.0) -> Redis:
    """Return a client with a pool of its own, see `make_pool`. Replies are bytes."""
    return Redis.from_pool(make_pool(url, names_epoch=names_epoch, timeout=timeout))
