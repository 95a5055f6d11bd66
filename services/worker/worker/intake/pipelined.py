"""Commands sent on one connection without waiting for the replies to earlier ones."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

from shared.redis.master_pool import is_left_behind
from shared.redis.pipelined import PipelinedConnection, open_pipelined

PATIENCE_S = 5.0
"""How long Redis may be silent; a command that blocks there must block for less."""

Sent: TypeAlias = Sequence[asyncio.Future[Any]]


class CommandPipeline:
    """A connection of its own: one task may send while another waits for replies."""

    def __init__(
        self, pool: ConnectionPool, wire: PipelinedConnection, connection: AbstractConnection
    ) -> None:
        self._pool = pool
        self._wire = wire
        self._connection = connection

    def send(self, commands: Iterable[Iterable[Any]]) -> Sent:
        """Send all in one write. Raises RedisError when the line is broken."""
        if is_left_behind(self._pool, self._connection):
            raise RedisConnectionError("another Redis has become the master")
        return [self._wire.send(*command) for command in commands]

    async def ask(self, *command: Any) -> Any:
        """Send one and return its reply. Raises RedisError."""
        (sent,) = self.send([command])
        return await sent


async def replies(sent: Sent) -> list[Any]:
    """Return what came of commands; an error that one was answered with is one of them.

    Raises RedisError when the line broke before all were answered.
    """
    if sent:
        with suppress(RedisError):
            await sent[-1]  # they are answered in order
    return [_reply(future) for future in sent]


@asynccontextmanager
async def open_pipeline(redis: Redis) -> AsyncIterator[CommandPipeline]:
    """Open a connection as the client's pool would; what is not answered by the end is given up."""
    pool = redis.connection_pool
    wire, connection = await open_pipelined(pool, PATIENCE_S)
    try:
        yield CommandPipeline(pool, wire, connection)
    finally:
        wire.cut("left")


def _reply(sent: asyncio.Future[Any]) -> Any:
    error = sent.exception()
    if error is None or isinstance(error, ResponseError):
        return error or sent.result()
    raise error
