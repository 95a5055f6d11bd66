"""Opens an epoch for each run of Redis, so that no number of an event is used twice."""

import secrets

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ReadOnlyError, ResponseError

from shared.redis.layout import LAYOUT
from shared.redis.lua import scripts

_REFUSALS = ("NOREPLICAS", "READONLY", "MISCONF")
"""Errors of a Redis that lacks its replicas, is a replica itself, or cannot write its file.

redis-py gives the second a class of its own and drops the code; Redis 6 has the codes amid other words.
"""


async def name_epoch(connection: AbstractConnection) -> None:
    """Open an epoch if this run of Redis is new, see lua/open_epoch.lua. Raises RedisError."""
    await connection.send_command("INFO", "server")
    info = await connection.read_response(disable_decoding=False)
    text = info.decode() if isinstance(info, bytes) else str(info)
    run_id = next(line[7:] for line in text.splitlines() if line.startswith("run_id:"))
    call = scripts.open_epoch(run_id=run_id.strip(), fresh=secrets.token_hex(6), known=LAYOUT)
    await connection.send_command(*call.eval())
    await connection.read_response()


def refuses_writes(error: ResponseError) -> bool:
    """Tell whether Redis refuses every write. Pure."""
    return isinstance(error, ReadOnlyError) or any(word in str(error) for word in _REFUSALS)
