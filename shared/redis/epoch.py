"""Opens an epoch for each run of Redis, so that no number of an event is used twice."""

import logging
import secrets
import time

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ReadOnlyError, RedisError, ResponseError

from shared.redis.layout import LAYOUT
from shared.redis.lua import scripts
from shared.timing.rate_limiter import RateLimiter

_LOG = logging.getLogger("shared.redis")
_once_a_minute = RateLimiter(per_second=1 / 60)

_REFUSALS = ("NOREPLICAS", "READONLY", "MISCONF")
"""Errors of a Redis that lacks its replicas, is a replica itself, or cannot write its file.

redis-py gives the second a class of its own and drops the code; Redis 6 has the codes amid other words.
"""


class NoRunIdError(RedisError):
    """This Redis does not say which run of it answers, so a restart would go unnoticed."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"this Redis hides its run_id ({found}), by which a restart is noticed: allow INFO to its user "
            "(ACL SETUSER … +info), or use another Redis"
        )


async def name_epoch(connection: AbstractConnection) -> None:
    """Open an epoch if this run of Redis is new, see lua/open_epoch.lua. Raises RedisError."""
    try:
        run_id = await _run_id(connection)
    except NoRunIdError as error:
        if not _once_a_minute.take(time.monotonic()):
            _LOG.error("shared.redis.no_run_id", extra={"reason": str(error)})
        raise
    call = scripts.open_epoch(run_id=run_id, fresh=secrets.token_hex(6), known=LAYOUT)
    await connection.send_command(*call.eval())
    await connection.read_response()


async def _run_id(connection: AbstractConnection) -> str:
    """Return the name of this run of Redis. Raises NoRunIdError, RedisError."""
    await connection.send_command("INFO", "server")
    try:
        info = await connection.read_response(disable_decoding=False)
    except ResponseError as error:
        raise NoRunIdError(str(error)) from None
    text = info.decode() if isinstance(info, bytes) else str(info)
    for line in text.splitlines():
        if line.startswith("run_id:"):
            return line.removeprefix("run_id:").strip()
    raise NoRunIdError("its INFO has none")


def refuses_writes(error: ResponseError) -> bool:
    """Tell whether Redis refuses every write. Pure."""
    return isinstance(error, ReadOnlyError) or any(word in str(error) for word in _REFUSALS)
