"""Opens an epoch for each run of Redis, so that no number of an event is used twice."""

import logging
import secrets
import time

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ReadOnlyError, RedisError, ResponseError

from shared.redis import keys
from shared.redis.layout import LAYOUT
from shared.redis.lua import scripts
from shared.timing.rate_limiter import RateLimiter

_LOG = logging.getLogger("shared.redis")
_once_a_minute = RateLimiter(per_second=1 / 60)

_REFUSALS = ("NOREPLICAS", "READONLY", "MISCONF")
"""Errors of a Redis that lacks its replicas, is a replica itself, or cannot write its file.

redis-py gives the second a class of its own and drops the code; Redis 6 has the codes amid other words.
"""


class UnfitRedisError(RedisError):
    """This Redis, or our user there, lacks what all else rests on; the text says what to do."""


async def name_epoch(connection: AbstractConnection, *, commits: bool = False) -> None:
    """Open an epoch if this run of Redis is new, see lua/open_epoch.lua. Raises RedisError."""
    try:
        await _name_epoch(connection, commits=commits)
    except UnfitRedisError as error:
        if not _once_a_minute.take(time.monotonic()):
            _LOG.error("shared.redis.unfit", extra={"reason": str(error)})
        raise


async def _name_epoch(connection: AbstractConnection, *, commits: bool) -> None:
    run_id = await _run_id(connection)
    call = scripts.open_epoch(run_id=run_id, fresh=secrets.token_hex(6), known=LAYOUT, commits=int(commits))
    await connection.send_command(*call.eval())
    try:
        await connection.read_response()
    except ResponseError as error:
        if str(error) != "UNFIT":
            raise
        raise UnfitRedisError(
            f"our user may not publish to {keys.EVENTS}: ACL SETUSER … &{keys.EVENTS}"
        ) from None


async def _run_id(connection: AbstractConnection) -> str:
    """Return the name of this run of Redis. Raises UnfitRedisError, RedisError."""
    await connection.send_command("INFO", "server")
    try:
        info = await connection.read_response(disable_decoding=False)
    except ResponseError as error:
        raise _hides_run_id(str(error)) from None
    text = info.decode() if isinstance(info, bytes) else str(info)
    for line in text.splitlines():
        if line.startswith("run_id:"):
            return line.removeprefix("run_id:").strip()
    raise _hides_run_id("its INFO has none")


def _hides_run_id(found: str) -> UnfitRedisError:
    return UnfitRedisError(
        f"this Redis hides its run_id ({found}), by which a restart is noticed: allow INFO to our user "
        "(ACL SETUSER … +info), or use another Redis"
    )


def refuses_writes(error: ResponseError) -> bool:
    """Tell whether Redis refuses every write. Pure."""
    return isinstance(error, ReadOnlyError) or any(word in str(error) for word in _REFUSALS)
