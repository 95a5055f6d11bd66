"""Takes a snapshot of a running Redis as a replica does: one file, of one instant.

With `repl-diskless-sync` Redis writes nothing to its disk; without it Redis leaves a copy there, dump.rdb.
"""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import cast

from redis.exceptions import ResponseError

from avito_live.runner.errors import RunError
from shared.process.redis_trouble import said
from shared.redis import connection as redis_link


class RefusedError(RunError):
    """This Redis, or its user's rights, allow no snapshot."""


_PART = 1 << 20
_PATIENCE_S = 120.0


async def take(url: str, path: Path) -> bool:
    """Write the snapshot (RDB) to a new file; return whether Redis left a copy on its own disk.

    Raises RefusedError, RunError, RedisError, OSError.
    """
    pool = redis_link.make_pool(url, names_epoch=False, timeout=10)
    connection = pool.make_connection()
    try:
        await connection.connect()
        await connection.send_command("REPLCONF", "capa", "eof")
        with suppress(ResponseError):  # a user without that permission gets it from the disk
            await connection.read_response()
        await connection.send_command("SYNC")
        stream = connection._reader  # noqa: SLF001 - no other way to raw bytes
        return await _copy(cast("asyncio.StreamReader", stream), path)
    except TimeoutError:
        raise RunError(f"Redis was silent for {_PATIENCE_S:g} s") from None
    finally:
        await connection.disconnect(nowait=True)
        await pool.disconnect()


async def _copy(stream: asyncio.StreamReader, path: Path) -> bool:
    """Copy as many bytes as Redis announced, or until the mark that it announced."""
    head = b"\n"
    while head == b"\n":  # Redis sends these while it makes the snapshot
        async with asyncio.timeout(_PATIENCE_S):
            head = await stream.readline()
    mark = head[5:].strip() if head.startswith(b"$EOF:") else b""
    if head.startswith(b"-"):
        refusal = said(ResponseError(head[1:].decode("utf-8", "replace")))
        raise RefusedError(f"Redis gives no snapshot ({refusal})")
    if not head.startswith(b"$"):
        raise RunError("the connection to Redis was cut")
    left, held = 0 if mark else int(head[1:]), b""
    with path.open("xb") as file:
        while left if not mark else not held.endswith(mark):
            async with asyncio.timeout(_PATIENCE_S):
                part = await stream.read(_PART if mark else min(_PART, left))
            if not part:
                raise RunError("the connection to Redis was cut")
            held, left = held + part, left - len(part)
            ready = len(held) - len(mark)  # the mark itself is not of the file
            file.write(held[:ready])
            held = held[ready:]
    return not mark
