"""Buyers who write at a steady rate, regardless of failures."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from testbed.avito import Avito

A_SECOND = 1.0


@dataclass(slots=True)
class WebhookLoad:
    """Webhooks of `chats` at `rate` a second. `began`: Unix seconds, to select from Avito's logs."""

    avito: Avito
    chats: list[str]
    rate: int
    began: float = field(default_factory=time.time)
    _bursts: set[asyncio.Task[None]] = field(default_factory=set)

    async def write_on(self) -> None:
        """Start a burst of one second every second, without waiting for earlier ones."""
        due = time.monotonic()
        while True:
            burst = asyncio.create_task(self._burst())
            self._bursts.add(burst)
            due += A_SECOND
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def delivered(self) -> None:
        """Wait until every webhook was answered or given up."""
        await asyncio.gather(*self._bursts)
        await self.avito.delivered()

    async def answered(self) -> set[str]:
        """Return the ids of messages whose webhook was answered 200, so that we must show them."""
        told = await self.avito.truth("deliveries", self.began)
        return {one["message_id"] for one in told["deliveries"] if one["status"] == 200 and one["message_id"]}

    async def messages(self) -> set[str]:
        """Return the ids of all messages."""
        told = await self.avito.truth("deliveries", self.began)
        return {one["message_id"] for one in told["deliveries"] if one["message_id"]}

    async def _burst(self) -> None:
        await self.avito.burst(messages=self.rate, chat_ids=self.chats, rate=self.rate)


@asynccontextmanager
async def writing(avito: Avito, chats: list[str], rate: int) -> AsyncIterator[WebhookLoad]:
    """Write during the block; afterwards `delivered` waits for the rest."""
    load = WebhookLoad(avito, chats, rate)
    task = asyncio.create_task(load.write_on())
    try:
        yield load
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
