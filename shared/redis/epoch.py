"""Opens an epoch for each run of Redis, so that no number of an event is used twice."""

import logging
import secrets

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ReadOnlyError, ResponseError

from shared.process.once_a_minute import is_due
from shared.redis import keys
from shared.redis.layout import LAYOUT
from shared.redis.lua import scripts
from shared.redis.lua.scripts import OpenEpochReply
from shared.redis.server_run import RUNS, UnfitRedisError, is_marked, read_run, set_mark, stored_mark

_LOG = logging.getLogger("shared.redis")

_REFUSALS = ("NOREPLICAS", "READONLY", "MISCONF")
"""Errors of a Redis that lacks its replicas, is a replica itself, or cannot write its file.

redis-py gives the second a class of its own and drops the code; Redis 6 has the codes amid other words.
"""


async def name_epoch(
    connection: AbstractConnection, *, commits: bool = False, seen: OpenEpochReply | None = None
) -> OpenEpochReply:
    """Open an epoch if this run of Redis is new, or its data are not those that were `seen` here before.

    See lua/open_epoch.lua. Raises RedisError.
    """
    try:
        return await _name_epoch(connection, commits, seen)
    except UnfitRedisError as error:
        if is_due(reason := str(error)):
            _LOG.error("shared.redis.unfit", extra={"reason": reason})
        raise


async def _name_epoch(
    connection: AbstractConnection, commits: bool, seen: OpenEpochReply | None
) -> OpenEpochReply:
    run = await read_run(connection)
    mark = run.mark
    if not run.run_id and not (mark and await is_marked(connection, mark)):
        mark = await set_mark(connection)
    call = scripts.open_epoch(
        run_id=run.run_id,
        mark=mark,
        over=run.mark,
        fresh=secrets.token_hex(6),
        known=LAYOUT,
        commits=int(commits),
        promoted=run.promoted,
        seen_epoch=seen.epoch if seen else "",
        seen_seq=seen.seq if seen else None,
        seen_event=seen.event if seen else "",
    )
    await connection.send_command(*call.eval())
    try:
        reply = call.read(await connection.read_response())
    except ResponseError as error:
        if str(error) != "UNFIT":
            raise
        raise UnfitRedisError(
            f"our user may not publish to {keys.EVENTS}: ACL SETUSER … &{keys.EVENTS}"
        ) from None
    if mark != run.mark:
        RUNS[connection] = await stored_mark(connection)
    return reply


def refuses_writes(error: ResponseError) -> bool:
    """Tell whether Redis refuses every write. Pure."""
    return isinstance(error, ReadOnlyError) or any(word in str(error) for word in _REFUSALS)
