"""Notices that another Redis answers at our address, or the same one with other data.

A connection that is open tells neither: it stays with the server that a name, a socket or a proxy led to
when it was opened, and goes on over a FLUSHALL or a REPLICAOF by hand. So every two seconds a new one is
opened, which asks who answers. docs/adr/0033-a-redis-that-is-replaced.md
"""

from redis.asyncio.connection import AbstractConnection, RedisSSLContext, SSLConnection

from shared.redis.server_run import RUNS, read_run
from shared.redis.tracked_pool import TrackedPool

EVERY_S = 2.0


class ServerWatch:
    """Watches the server of these pools, which all lead to one address."""

    def __init__(self, *pools: TrackedPool) -> None:
        self._pools = pools
        self._tls: RedisSSLContext | None = None
        for pool in pools:
            pool.connection_kwargs.setdefault("redis_connect_func", _note_run)

    async def look(self) -> None:
        """Ask once, and let go of connections to another server. Raises RedisError, OSError."""
        connection = self._pools[0].make_connection()
        connection.redis_connect_func = None
        # Reading the system's certificates takes 40 ms, in which the process does nothing else; they are read
        # again after a look that failed, as they may be others now.
        if isinstance(connection, SSLConnection):
            connection.ssl_context, self._tls = self._tls or connection.ssl_context, None
        try:
            await connection.connect()
            await self.ask(connection)
            if isinstance(connection, SSLConnection):
                self._tls = connection.ssl_context
        finally:
            await connection.disconnect(nowait=True)
            if run := RUNS.get(connection):
                for pool in self._pools:
                    pool.let_go_of_others(run)

    async def ask(self, connection: AbstractConnection) -> None:
        """Ask on a new connection. Raises RedisError, OSError."""
        await read_run(connection)


async def _note_run(connection: AbstractConnection) -> None:
    await connection.on_connect()
    await read_run(connection)
