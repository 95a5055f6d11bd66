"""Where a proven webhook is kept: in the inbox in Redis, else on disk; it is refused only when both fail."""

import asyncio
from typing import Any, Literal, TypeAlias

from redis.asyncio import Redis

from ingest.spool.spool import NotSpooledError, Spool
from ingest.store.pressure import Pressure
from ingest.store.redis_writer import RedisWriter
from shared.redis import keys
from shared.redis.health import ask_info
from shared.redis.pipelined import NotConfirmedError
from shared.wires import inbox
from shared.wires.inbox import Webhook

DISK_TIMEOUT_S = 1.5
"""How long the disk may take: Avito gives up after 2 seconds."""
StoredIn: TypeAlias = Literal["redis", "spool"]
"""Where a webhook is safe."""
_KEY = keys.INBOX.encode()


class Inbox:
    """The inbox in Redis. `measure` looks at its length, so that no webhook has to."""

    def __init__(self, writer: RedisWriter) -> None:
        self.pressure = Pressure()
        self._overloaded = False
        self._writer = writer
        self._unspooled = 0

    @property
    def open(self) -> bool:
        """Whether new webhooks go here rather than to the spool."""
        return self._writer.healthy and not self._overloaded

    @property
    def reachable(self) -> bool:
        """Whether it could take a webhook at all."""
        return self._writer.connected

    @property
    def room(self) -> int:
        """How many spooled webhooks it may take now."""
        return max(0, self.pressure.room - self._unspooled) if self._writer.healthy else 0

    def put(self, webhook: Webhook) -> asyncio.Future[Any]:
        """Return a future that ends when Redis confirmed. It, or this call, raises NotConfirmedError."""
        return self._writer.send(b"XADD", _KEY, b"*", *inbox.write(webhook))

    async def put_spooled(self, webhook: Webhook) -> bool:
        """Put a spooled webhook; False when Redis did not confirm."""
        try:
            await self.put(webhook)
        except NotConfirmedError:
            return False
        self._unspooled += 1
        return True

    async def put_canary(self, accepted: float) -> None:
        """Put a canary, stamped with the Unix time; raises NotConfirmedError."""
        await self._writer.send(b"XADD", _KEY, b"*", *inbox.canary(accepted))

    async def measure(self, redis: Redis) -> None:
        """Learn how full Redis is."""
        waiting = await redis.xlen(keys.INBOX)
        memory = await ask_info(redis, "memory")  # where it is hidden, the inbox's length alone decides
        self.pressure = Pressure(waiting, int(memory.get("used_memory", 0)), int(memory.get("maxmemory", 0)))
        self._overloaded = self.pressure.overloaded
        self._unspooled = 0


class WebhookStore:
    """Stores proven webhooks."""

    def __init__(self, inbox: Inbox, spool: Spool) -> None:
        self._inbox = inbox
        self._spool = spool

    def send_to_redis(self, webhook: Webhook) -> asyncio.Future[Any] | None:
        """Send a webhook to the open inbox, else return None; the future fails when Redis did not confirm."""
        try:
            return self._inbox.put(webhook) if self._inbox.open else None
        except NotConfirmedError:
            return None

    async def store(self, webhook: Webhook) -> StoredIn | None:
        """Return where the webhook is safe; None when neither Redis nor the disk took it."""
        if self._inbox.open:
            return await self._in_redis(webhook) or await self._on_disk(webhook)
        stored_in = await self._on_disk(webhook)
        if stored_in is None and self._inbox.reachable:
            return await self._in_redis(webhook)
        return stored_in

    async def _in_redis(self, webhook: Webhook) -> StoredIn | None:
        try:
            await self._inbox.put(webhook)
        except NotConfirmedError:
            return None
        return "redis"

    async def _on_disk(self, webhook: Webhook) -> StoredIn | None:
        try:
            async with asyncio.timeout(DISK_TIMEOUT_S):
                await self._spool.append(webhook)
        except (NotSpooledError, TimeoutError):
            return None
        return "spool"
