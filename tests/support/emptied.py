"""An empty store of a server that tests share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from shared.redis import connection
from testbed import RedisServer


async def empty(server: RedisServer) -> None:
    """Remove the data of earlier tests, also a half restore that refuses other connections."""
    async with connection.connect(server.url, names_epoch=False) as client:
        await client.flushall()


@asynccontextmanager
async def emptied(server: RedisServer) -> AsyncIterator[Redis]:
    """Yield a client of it without the data of earlier tests."""
    await empty(server)
    async with connection.connect(server.url) as client:
        yield client
