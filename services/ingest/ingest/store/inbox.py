"""The inbox in Redis as ingest sees it: where webhooks go, and how many more may."""

import asyncio
from typing import Any

from redis.asyncio import Redis

from ingest.store.pressure import Pressure
from ingest.store.redis_writer import RedisWriter
from shared.redis import keys
from shared.redis.pipelined import NotConfirmedError
from shared.wires import inbox

_KEY = keys.INBOX.encode()


class Inbox:
    """Writes to the stream; `look` keeps an eye on its length, so that no webhook has to."""

    def __init__(self, writer: RedisWriter) -> None:
        self.pressure = Pressure()
        self._crowded = False
        self._writer = writer
        self._passed = 0

    @property
    def open(self) -> bool:
        """Whether new webhooks go here rather than to the spool."""
        return self._writer.good and not self._crowded

    @property
    def reachable(self) -> bool:
        """Whether it could take a webhook at all."""
        return self._writer.reachable

    @property
    def room(self) -> int:
        """How many spooled webhooks it may take now."""
        return max(0, self.pressure.room - self._passed) if self._writer.good else 0

    def put(self, webhook: inbox.Webhook) -> asyncio.Future[Any]:
        """Return what is done once Redis confirmed; it, or this call, raises NotConfirmedError."""
        return self._writer.send(b"XADD", _KEY, b"*", *inbox.write(webhook))

    async def pass_on(self, webhook: inbox.Webhook) -> bool:
        """Put a spooled webhook; False when Redis did not confirm."""
        try:
            await self.put(webhook)
        except NotConfirmedError:
            return False
        self._passed += 1
        return True

    async def put_canary(self, accepted: float) -> None:
        """Put a canary, stamped with the Unix time; raises NotConfirmedError."""
        await self._writer.send(b"XADD", _KEY, b"*", *inbox.canary(accepted))

    async def look(self, redis: Redis) -> None:
        """See how full Redis is."""
        async with redis.pipeline(transaction=False) as pipe:
            pipe.execute_command("XLEN", keys.INBOX)
            pipe.info("memory")
            waiting, memory = await pipe.execute()
        self.pressure = Pressure(waiting, int(memory["used_memory"]), int(memory["maxmemory"]))
        self._crowded = self.pressure.crowded
        self._passed = 0
