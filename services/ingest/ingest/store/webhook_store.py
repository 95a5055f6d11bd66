"""Where a proven webhook is kept: in Redis, else on disk; only when both refuse is it refused."""

import asyncio
from enum import StrEnum
from typing import Any

from ingest.spool.spool import NotSpooledError, Spool
from ingest.store.inbox import Inbox
from shared.redis.pipelined import NotConfirmedError
from shared.wires.inbox import Webhook

DISK_PATIENCE_S = 1.5
"""How long the disk may take: Avito gives up after 2 seconds."""


class StoredIn(StrEnum):
    """Where a webhook is safe."""

    REDIS = "redis"
    SPOOL = "spool"


class WebhookStore:
    """Keeps proven webhooks."""

    def __init__(self, inbox: Inbox, spool: Spool) -> None:
        self._inbox = inbox
        self._spool = spool

    def put(self, webhook: Webhook) -> asyncio.Future[Any] | None:
        """Send a webhook to Redis, if that is where it goes; the future fails when Redis did not confirm."""
        try:
            return self._inbox.put(webhook) if self._inbox.open else None
        except NotConfirmedError:
            return None

    async def keep(self, webhook: Webhook) -> StoredIn | None:
        """Return where the webhook is safe; None when nothing took it."""
        if self._inbox.open:
            try:
                await self._inbox.put(webhook)
            except NotConfirmedError:
                return await self._to_disk(webhook)
            return StoredIn.REDIS
        place = await self._to_disk(webhook)
        if place is None and self._inbox.reachable:
            return await self._to_redis(webhook)
        return place

    async def _to_disk(self, webhook: Webhook) -> StoredIn | None:
        try:
            async with asyncio.timeout(DISK_PATIENCE_S):
                await self._spool.append(webhook)
        except (NotSpooledError, TimeoutError):
            return None
        return StoredIn.SPOOL

    async def _to_redis(self, webhook: Webhook) -> StoredIn | None:
        try:
            await self._inbox.put(webhook)
        except NotConfirmedError:
            return None
        return StoredIn.REDIS
