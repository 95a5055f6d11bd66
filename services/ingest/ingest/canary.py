"""A canary takes the webhooks' path to the browsers every two seconds, so that a break in it is noticed."""

import time

from redis.asyncio import Redis

from ingest.metrics import Metrics
from ingest.store.webhook_store import Inbox
from shared.redis import keys
from shared.wires import heartbeat

EVERY_S = 2.0
MAX_INBOX = 1000


async def send_canary(redis: Redis, inbox: Inbox, metrics: Metrics, name: str) -> None:
    """Send a canary if it is the turn of this process, `name`, and none while no worker reads the inbox.

    Raises NotConfirmedError or redis.exceptions.RedisError.
    """
    if not inbox.open or inbox.pressure.waiting > MAX_INBOX:
        return
    if not await heartbeat.live_processes(redis, "worker"):
        return
    turn = int(EVERY_S * 900)  # a little less than EVERY_S, so that the same ingest keeps its turn
    if await redis.set(keys.CANARY_TURN, name, nx=True, px=turn):
        await inbox.put_canary(time.time())
        metrics.canaries.inc()
