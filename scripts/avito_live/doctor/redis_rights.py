"""Which commands a Redis keeps from our user, as managed ones do, and what is less sure for that."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from avito_live.runner.redis_cli import SERVICE_USERS
from shared.redis.less_sure import is_forbidden

_HARMLESS: dict[str, Callable[[Redis], Awaitable[Any]]] = {
    "CONFIG": lambda redis: redis.config_get("maxmemory"),
    "ACL": lambda redis: redis.acl_whoami(),
    "CLIENT": lambda redis: redis.client_id(),
    "WAIT": lambda redis: redis.wait(0, 0),
}
_NOT_OURS = frozenset(("CONFIG", "ACL", "CLIENT"))
"""The users of `make redis-users` do without, and the remedies name ADMIN."""
_MAY_SYNC = """
local known, may = pcall(redis.acl_check_cmd, 'SYNC')
return (not redis.acl_check_cmd or (known and may)) and 1 or 0
"""


async def ask(redis: Redis) -> tuple[str, ...]:
    """Return the commands that are kept back. Raises RedisError."""
    ours = redis.connection_pool.connection_kwargs.get("username") in SERVICE_USERS
    asked = [name for name in _HARMLESS if not (ours and name in _NOT_OURS)]
    kept_back = [name for name in asked if not await _may(redis, name)]
    return (*kept_back, *(() if await _may_sync(redis) else ("SYNC",)))


async def _may(redis: Redis, name: str) -> bool:
    try:
        await _HARMLESS[name](redis)
    except ResponseError as error:
        return not is_forbidden(error)
    return True


async def _may_sync(redis: Redis) -> bool:
    """Ask without doing it. Redis 6 does not tell, and then a backup finds out."""
    with suppress(ResponseError):  # a user that may do even less
        return bool(await redis.eval(_MAY_SYNC, 0))
    return True
