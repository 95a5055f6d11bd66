"""Allows reads from a Redis that refuses writes since its restart or promotion, and so has no new epoch.

Its data is complete under the old epoch, and no event gets a number before the new one is opened: a
connection that has not opened it sends only commands that give no numbers. Any other command opens the epoch
first, and fails where Redis refuses that.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

import hiredis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.sentinel import SentinelManagedConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from typing_extensions import override

from shared.redis import keys, lua
from shared.redis.epoch import name_epoch, refuses_writes
from shared.redis.packing import Pool

GRACE_S = 1.0
"""A new master refuses writes until its replicas connect: so long no connection is opened."""

_READS = frozenset(
    b"EXISTS GET HGET HGETALL HLEN HMGET HVALS INFO LLEN LRANGE MGET PING PTTL PUBLISH SMEMBERS TIME TTL "
    b"TYPE XLEN XRANGE XREVRANGE ZCARD ZCOUNT ZRANGE ZRANGEBYSCORE ZREVRANGE ZREVRANGEBYSCORE ZSCORE "
    b"MULTI EXEC DISCARD WATCH UNWATCH".split()
)
_JOURNAL = lua.load("read_journal")
_READING_SCRIPTS = (_JOURNAL.sha.encode(), _JOURNAL.text.encode())
_LOG = logging.getLogger("shared.reading_on")


def allow_reads(pool: Pool) -> Pool:
    """Let the connections that the pool creates from now on read while Redis refuses writes."""
    kind = pool.connection_class
    pool.connection_class = type(f"Reading{kind.__name__}", (_Reading, kind), {})
    pool.connection_kwargs["redis_connect_func"] = _Opening().open
    return pool


def is_read_only(packed: Iterable[bytes]) -> bool:
    """Tell whether packed commands cannot give an event a number. Pure."""
    reader = hiredis.Reader()
    for part in packed:
        reader.feed(part)
    commands = iter(reader.gets, False)
    return all(_reads(command) for command in commands)


def _reads(command: list[bytes]) -> bool:
    name = command[0].upper()
    return name in _READS or (name in (b"EVAL", b"EVALSHA") and command[1] in _READING_SCRIPTS)


class _Reading(AbstractConnection):
    """A connection that opens the epoch before its first write, if it could not when it was opened."""

    unnamed: "_Opening | None" = None

    @override
    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        if not self.is_connected:
            await self.connect()  # type: ignore[no-untyped-call]  # redis-py's
        if self.unnamed is not None and not is_read_only(command):
            await self.unnamed.name(self)
        await super().send_packed_command(command, check_health)


class _Opening:
    """Opens the connections of one pool."""

    def __init__(self) -> None:
        self._refused_at: float | None = None

    async def open(self, connection: _Reading) -> None:
        """Finish a new connection; if Redis goes on refusing, without the new epoch. Raises RedisError."""
        connection.unnamed = None
        await connection.on_connect()
        try:
            await self.name(connection)
        except ResponseError as error:
            if not refuses_writes(error):
                raise
            if isinstance(connection, SentinelManagedConnection) and "READONLY" in str(error):
                # Redis 6 says so amid other words, by which redis-py does not know it.
                raise RedisConnectionError("the master that Sentinel names is a replica") from None
            if self._is_brief() or not await _holds_epoch(connection):
                raise RedisConnectionError(str(error)) from None
            connection.unnamed = self
            _LOG.warning("shared.reading_on.writes_refused", extra={"error": str(error)[:200]})

    async def name(self, connection: _Reading) -> None:
        """Open the epoch. Raises RedisError; then nothing has changed."""
        connection.unnamed = None  # opening it is a write itself
        try:
            await name_epoch(connection)
        except ResponseError:
            connection.unnamed = self
            raise
        self._refused_at = None

    def _is_brief(self) -> bool:
        now = asyncio.get_running_loop().time()
        if self._refused_at is None:
            self._refused_at = now
        return now - self._refused_at < GRACE_S


async def _holds_epoch(connection: AbstractConnection) -> bool:
    await connection.send_command("HGET", keys.STATE, "epoch")
    return await connection.read_response() is not None
