"""A canary takes the webhooks' path to the browsers every two seconds, so that a break in it is noticed."""

import time

from redis.asyncio import Redis

from ingest.metrics import Metrics
from ingest.store.webhook_store import Inbox
from shared.redis import keys
from shared.wires import heartbeat

EVERY_S = 2.0
MAX_INBOX = 1000


class Canary:
    """Sends canaries: one for all ingest processes together, and none while no worker reads the inbox."""

    def __init__(self, inbox: Inbox, metrics: Metrics, name: str) -> None:
        self._inbox = inbox
        self._metrics = metrics
        self._name = name

    async def send(self, redis: Redis) -> None:
        """Send one, if it is our turn; raises NotConfirmedError or redis.exceptions.RedisError."""
        if not self._inbox.open or self._inbox.pressure.waiting > MAX_INBOX:
            return
        if not await heartbeat.live_processes(redis, "worker"):
            return
        turn = int(EVERY_S * 900)  # a little less than EVERY_S, so that the same ingest keeps its turn
        if await redis.set(keys.CANARY_TURN, self._name, nx=True, px=turn):
            await self._inbox.put_canary(time.time())
            self._metrics.canaries.inc()
