"""Unproven webhooks: kept as hints for the worker to look up, within bounds that a flood cannot move."""

import asyncio
import time

from ingest.metrics import Metrics
from ingest.store.inbox import Inbox
from ingest.store.rate_limiter import WindowLimiter
from ingest.store.redis_writer import RedisWriter
from ingest.store.webhook_store import StoredIn
from shared.redis import keys
from shared.redis.pipelined import NotConfirmedError
from shared.wires import inbox

HELD = 1000
"""Hints kept; the oldest are dropped first."""
LONGEST = 32 * 1024
"""Bytes of a hint: many times what Avito sends, so that a flood of large ones cannot fill Redis."""


class UnverifiedStore:
    """Takes unproven webhooks. A caller cannot tell by the time what became of one.

    A hint that is dropped is answered as late as a proven webhook was last stored; `paces` holds that.
    """

    def __init__(self, writer: RedisWriter, inbox_: Inbox, metrics: Metrics, quota: WindowLimiter) -> None:
        self.paces = {StoredIn.REDIS: 0.001, StoredIn.SPOOL: 0.005}
        self._writer = writer
        self._inbox = inbox_
        self._metrics = metrics
        self._quota = quota

    async def take(self, webhook: inbox.Webhook, address: str) -> None:
        """Keep the hint if it may be kept; never fails."""
        reason = self._refusal(webhook, address)
        if reason is None:
            try:
                await self._put(webhook)
            except NotConfirmedError:
                reason = "redis"
            else:
                return
        self._metrics.hints_dropped.labels(reason).inc()
        await asyncio.sleep(self.paces[StoredIn.REDIS if self._inbox.open else StoredIn.SPOOL])

    async def _put(self, webhook: inbox.Webhook) -> None:
        """Both commands leave in one write, so that this takes no longer than storing a proven webhook."""
        stored = self._writer.send(b"XADD", keys.UNVERIFIED, b"*", *inbox.write(webhook))
        trimmed = self._writer.send(b"XTRIM", keys.UNVERIFIED, b"MAXLEN", HELD)
        _, dropped = await asyncio.gather(stored, trimmed)
        self._metrics.hints_dropped.labels("oldest").inc(dropped)

    def _refusal(self, webhook: inbox.Webhook, address: str) -> str | None:
        if not self._quota.allows(address, time.monotonic()):
            return "quota"
        if len(webhook.body) > LONGEST:
            return "size"
        return None if self._inbox.open else "redis"
