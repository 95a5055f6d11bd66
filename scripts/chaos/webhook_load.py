"""Buyers who write at a steady rate, regardless of failures."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from chaos.background import every, meanwhile
from testbed.avito import Avito


@dataclass(slots=True)
class WebhookLoad:
    """Webhooks of `chats` at `rate` a second. `began`: Unix seconds, to select from Avito's logs."""

    avito: Avito
    chats: list[str]
    rate: int
    began: float = field(default_factory=time.time)
    _bursts: list[asyncio.Task[None]] = field(default_factory=list)

    async def write_on(self) -> None:
        """Start a burst of one second every second, without waiting for earlier ones."""
        async for _ in every(1.0):
            burst = self.avito.burst(messages=self.rate, chat_ids=self.chats, rate=self.rate)
            self._bursts.append(asyncio.create_task(burst))

    async def delivered(self) -> None:
        """Wait until every webhook was answered or given up."""
        await asyncio.gather(*self._bursts)
        await self.avito.delivered()

    async def statuses(self) -> dict[str, set[int | None]]:
        """Return the ids of all messages, with the statuses that their webhooks were answered with."""
        found: dict[str, set[int | None]] = {}
        for one in (await self.avito.truth("deliveries", self.began))["deliveries"]:
            if one["message_id"]:
                found.setdefault(one["message_id"], set()).add(one["status"])
        return found

    async def answered(self) -> set[str]:
        """Return the ids of messages whose webhook was answered 200, so that we must show them."""
        return {message for message, statuses in (await self.statuses()).items() if 200 in statuses}


@asynccontextmanager
async def writing(avito: Avito, chats: list[str], rate: int) -> AsyncIterator[WebhookLoad]:
    """Write during the block; afterwards `delivered` waits for the rest."""
    load = WebhookLoad(avito, chats, rate)
    async with meanwhile(load.write_on()):
        yield load
