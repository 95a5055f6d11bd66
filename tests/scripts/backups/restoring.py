"""Helpers for tests of a restore: a Redis with data, its backup, an empty one to restore into."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from avito_live.backups import restore
from avito_live.backups.backup import back_up
from avito_live.outcome import Work
from shared.redis import connection
from testbed import RedisServer


@dataclass
class Shop:
    """A home with backups, and the Redis that is backed up, emptied and restored."""

    home: Path
    server: RedisServer
    redis: Redis

    async def ask(self, *command: Any) -> Any:
        return await self.redis.execute_command(*command)

    async def back_up(self, name: str = "one") -> Path:
        path = self.home / f"{name}.tar"
        await back_up(self.server.url, path, self.home, time.time())
        return path

    async def restore(self, path: Path) -> str:
        """Empty the server as its owner does, restore, and return the report."""
        await self.redis.flushall()
        return await restore.restore(path, self.server.url, self.home, Work())


@asynccontextmanager
async def opened(home: Path, server: RedisServer) -> AsyncIterator[Shop]:
    """Yield a shop with an empty Redis."""
    async with connection.connect(server.url, names_epoch=False) as redis:
        await redis.flushall()
        yield Shop(home, server, redis)
