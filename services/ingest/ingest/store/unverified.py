"""Unverified webhooks: kept for the worker to look up at Avito, within bounds that a flood cannot move."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ingest.metrics import Metrics
from ingest.store.redis_writer import RedisWriter
from ingest.store.webhook_store import Inbox, StoredIn
from shared.http.room import Room
from shared.redis import keys
from shared.redis.pipelined import NotConfirmedError
from shared.timing.rate_limiter import RateLimiters
from shared.wires import inbox
from shared.wires.inbox import Webhook

MAX_KEPT = 1000
"""Unverified webhooks kept; the oldest are dropped first."""
MAX_BYTES = 32 * 1024
"""Bytes of a body: many times what Avito sends, so that a flood of large ones cannot fill Redis."""
_BURST, _A_SECOND = 60, 1.0
"""Unverified webhooks kept of one address: at once, and in the long run."""


class UnverifiedStore:
    """Stores unverified webhooks. The sender cannot tell from the response time whether one was kept.

    One that is dropped is answered as late as a proven webhook was last stored; `latencies` holds that.
    """

    def __init__(self, writer: RedisWriter, inbox_: Inbox, metrics: Metrics) -> None:
        self.latencies: dict[StoredIn, float] = {"redis": 0.001, "spool": 0.005}
        self._writer = writer
        self._inbox = inbox_
        self._metrics = metrics
        self._limiter = RateLimiters(_A_SECOND, _BURST)
        self._room = Room(_BURST * MAX_BYTES, MAX_KEPT * MAX_BYTES)

    @contextmanager
    def holding(self, address: str) -> Iterator[Callable[[int], bool]]:
        """Give a function that says whether so many further bytes of a body are to be kept, in the block."""
        held = 0

        def keeps(size: int) -> bool:
            nonlocal held
            if held + size > MAX_BYTES or not self._room.take(address, size):
                return False
            held += size
            return True

        try:
            yield keeps
        finally:
            self._room.give_back(address, held)

    async def store(self, webhook: Webhook, address: str, *, is_whole: bool) -> None:
        """Store the webhook if it may be stored; never fails."""
        reason = self._refusal(address) if is_whole else "size"
        if reason is None:
            try:
                await self._put(webhook)
            except NotConfirmedError:
                reason = "redis"
            else:
                return
        self._metrics.unverified_dropped.labels(reason).inc()
        await asyncio.sleep(self.latencies["redis" if self._inbox.open else "spool"])

    async def _put(self, webhook: Webhook) -> None:
        """Both commands leave in one write, so that this takes no longer than storing a proven webhook."""
        stored = self._writer.send(b"XADD", keys.UNVERIFIED, b"*", *inbox.write(webhook))
        trimmed = self._writer.send(b"XTRIM", keys.UNVERIFIED, b"MAXLEN", MAX_KEPT)
        _, dropped = await asyncio.gather(stored, trimmed)
        self._metrics.unverified_dropped.labels("oldest").inc(dropped)

    def _refusal(self, address: str) -> str | None:
        if self._limiter.take(address, time.monotonic()):
            return "quota"
        return None if self._inbox.open else "redis"
