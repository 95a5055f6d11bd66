"""Which commands a Redis keeps from our user, as managed ones do, and what is less sure for that."""

from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from avito_live.runner.redis_cli import SERVICE_USERS
from shared.redis import keys
from shared.redis.less_sure import is_forbidden

_HARMLESS: dict[str, Callable[[Redis], Awaitable[Any]]] = {
    "CONFIG": lambda redis: redis.config_get("maxmemory"),
    "ACL": lambda redis: redis.acl_whoami(),
    "CLIENT": lambda redis: redis.client_id(),
    "WAIT": lambda redis: redis.wait(0, 0),
}
_NOT_OURS = frozenset(("CONFIG", "ACL", "CLIENT"))
"""The users of `make redis-users` do without, and the remedies name ADMIN."""
NEEDED = frozenset(("EVAL", "EVALSHA", "MULTI", "XADD", "PUBLISH", "SUBSCRIBE"))
"""What the services cannot do without, on our keys and our channel."""
_BY_RULES = """
local kept_back = {}
local function ask(...)
  local known, may = pcall(redis.acl_check_cmd, ...)
  if not (known and may) then kept_back[#kept_back + 1] = ... end
end
if redis.acl_check_cmd then
  ask('SYNC')
  ask('EVALSHA', '', '0')
  ask('MULTI')
  ask('XADD', ARGV[2], '*', '', '')
  ask('PUBLISH', ARGV[1], '')
  ask('SUBSCRIBE', ARGV[1])
end
return kept_back
"""
"""Asks without doing it. Redis 6 does not tell: a backup finds out, and its users may use each channel."""


async def ask(redis: Redis) -> tuple[str, ...]:
    """Return the commands that are kept back. Raises RedisError."""
    ours = _user(redis) in SERVICE_USERS
    asked = [name for name in _HARMLESS if not (ours and name in _NOT_OURS)]
    kept_back = [name for name in asked if not await _may(redis, name)]
    return (*kept_back, *await _by_rules(redis))


def _user(redis: Redis) -> str:
    return str(redis.connection_pool.connection_kwargs.get("username") or "")


async def _may(redis: Redis, name: str) -> bool:
    try:
        await _HARMLESS[name](redis)
    except ResponseError as error:
        return not is_forbidden(error)
    return True


async def _by_rules(redis: Redis) -> tuple[str, ...]:
    try:
        kept_back: Any = await redis.eval(_BY_RULES, 0, keys.EVENTS, keys.STATE)
    except ResponseError as error:
        return ("EVAL",) if is_forbidden(error) and _user(redis) != "ingest" else ()
    return tuple(name.decode() if isinstance(name, bytes) else str(name) for name in kept_back)
