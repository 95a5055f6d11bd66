"""Commands sent on one connection without waiting for what the last ones came to, answered in order."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from shared.redis_link import is_left_behind


class Line:
    """A connection of its own: one task may send while another reads. Raises RedisError when it breaks."""

    def __init__(self, pool: ConnectionPool, connection: AbstractConnection) -> None:
        self._pool = pool
        self._connection = connection

    async def send(self, commands: Iterable[Iterable[Any]]) -> None:
        """Send all in one write."""
        if is_left_behind(self._pool, self._connection):
            raise RedisConnectionError("another Redis has become the master")
        packed = self._connection.pack_commands(commands)
        await self._connection.send_packed_command(packed, check_health=False)  # its PING would read, too

    async def replies(self, count: int) -> list[Any]:
        """Return the next replies; an error that a command was answered with is one of them."""
        return [await self._reply() for _ in range(count)]

    async def _reply(self) -> Any:
        try:
            return await self._connection.read_response()
        except ResponseError as error:
            return error


@asynccontextmanager
async def open_line(redis: Redis) -> AsyncIterator[Line]:
    """Take a connection out of the client's pool; what is not answered by the end is given up."""
    pool = redis.connection_pool
    connection = await pool.get_connection()
    try:
        yield Line(pool, connection)
    finally:
        await connection.disconnect(nowait=True)
        await pool.release(connection)
