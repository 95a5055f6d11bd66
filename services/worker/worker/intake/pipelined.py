"""Commands sent on one connection without waiting for the replies to earlier ones."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

from shared.redis.master_pool import is_stale
from shared.redis.pipelined import PipelinedConnection, open_pipelined

PATIENCE_S = 5.0
"""How long Redis may be silent; a command that blocks there must block for less."""

Sent: TypeAlias = Sequence[asyncio.Future[Any]]


@dataclass(frozen=True, slots=True)
class CommandPipeline:
    """A connection on which one task may send while another waits for replies."""

    pool: ConnectionPool
    pipelined: PipelinedConnection
    connection: AbstractConnection

    def send(self, commands: Iterable[Iterable[Any]]) -> Sent:
        """Send all in one write. Raises RedisError when the connection is broken."""
        if is_stale(self.pool, self.connection):
            raise RedisConnectionError("another Redis has become the master")
        return [self.pipelined.send(*command) for command in commands]

    async def ask(self, *command: Any) -> Any:
        """Send one and return its reply. Raises RedisError."""
        (sent,) = self.send([command])
        return await sent


async def replies(sent: Sent) -> list[Any]:
    """Return the replies to commands, an error of Redis' among them.

    Raises RedisError when the connection broke before all replies had come.
    """
    if sent:
        with suppress(RedisError):
            await sent[-1]  # replies come in order
    return [_reply(future) for future in sent]


@asynccontextmanager
async def open_pipeline(redis: Redis) -> AsyncIterator[CommandPipeline]:
    """Open a connection as the client's pool would; commands without a reply at the end are given up."""
    pool = redis.connection_pool
    pipelined, connection = await open_pipelined(pool, PATIENCE_S)
    try:
        yield CommandPipeline(pool, pipelined, connection)
    finally:
        pipelined.abort("closed")


def _reply(sent: asyncio.Future[Any]) -> Any:
    error = sent.exception()
    if error is None or isinstance(error, ResponseError):
        return error or sent.result()
    raise error
