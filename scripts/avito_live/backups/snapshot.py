"""Takes a snapshot of a running Redis as a replica does: one file, of one instant.

With `repl-diskless-sync` Redis writes nothing to its disk; without it Redis leaves a copy there, dump.rdb.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from redis.exceptions import ResponseError

from shared.redis import connection as redis_link

_PART = 1 << 20
_PATIENCE_S = 120.0


class SnapshotError(Exception):
    """Redis gave no snapshot; the message says why."""


async def take(url: str, path: Path) -> bool:
    """Write the snapshot (RDB) to a new file; return whether Redis left a copy on its own disk.

    Raises SnapshotError, RedisError, OSError.
    """
    pool = redis_link.make_pool(url, names_epoch=False, timeout=10)
    connection = pool.make_connection()
    try:
        await connection.connect()
        await connection.send_command("REPLCONF", "capa", "eof")
        with suppress(ResponseError):  # a user without that permission gets it from the disk
            await connection.read_response()
        await connection.send_command("SYNC")
        stream: asyncio.StreamReader = connection._reader  # noqa: SLF001 - no other way to raw bytes
        with path.open("xb") as file:
            return await _copy(stream, file)
    finally:
        await connection.disconnect(nowait=True)
        await pool.disconnect()


async def _copy(stream: asyncio.StreamReader, file: BinaryIO) -> bool:
    head = await _within(stream.readline())
    while head == b"\n":  # Redis sends these while it makes the snapshot
        head = await _within(stream.readline())
    if head.startswith(b"$EOF:"):
        await _copy_until(stream, file, head[5:].strip())
        return False
    if not head.startswith(b"$"):
        raise SnapshotError(f"Redis gives no snapshot: {head.decode('utf-8', 'replace').strip() or 'cut'}")
    left = int(head[1:])
    while left:
        part = await _some(stream, min(_PART, left))
        file.write(part)
        left -= len(part)
    return True


async def _copy_until(stream: asyncio.StreamReader, file: BinaryIO, mark: bytes) -> None:
    """Copy until the mark that Redis announced."""
    held = b""
    while not held.endswith(mark):
        held += await _some(stream, _PART)
        ready = held[: -len(mark)]
        file.write(ready)
        held = held[len(ready) :]


async def _some(stream: asyncio.StreamReader, most: int) -> bytes:
    part = await _within(stream.read(most))
    if not part:
        raise SnapshotError("the connection to Redis was cut")
    return part


async def _within(reading: Awaitable[bytes]) -> bytes:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await reading
    except TimeoutError:
        raise SnapshotError(f"Redis was silent for {_PATIENCE_S:g} s") from None
