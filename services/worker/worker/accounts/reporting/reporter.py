"""Reads the state of the whole system every few seconds, for Prometheus, and raises alarms about Redis."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.process.stored import read_or
from shared.redis import keys
from shared.redis.health import ask_info
from shared.redis.info import ALARM_TEXTS, Alarm, read_info
from shared.status import read_status
from worker.accounts.reporting.gauges import SystemGauges

log = logging.getLogger("worker.report")

EVERY_S = 20.0


@dataclass(slots=True)
class Reporter:
    """One per process. `raised`: the alarms that hold."""

    redis: Redis
    account_id: int
    gauges: SystemGauges
    clock: Callable[[], float] = time.time
    raised: tuple[Alarm, ...] = ()

    async def report_for_ever(self) -> None:
        """Report again and again. Raises RedisError when Redis is away; call again."""
        while True:
            try:
                await self.report()
            except (RedisError, OSError):
                self.gauges.forget()
                raise
            await asyncio.sleep(EVERY_S)

    async def report(self) -> None:
        """Report once."""
        now = self.clock()
        store = read_info(await ask_info(self.redis))
        status = await read_status(self.redis, now)
        self._raise(status["alarms"])
        async with self.redis.pipeline(transaction=False) as pipe:
            pipe.pttl(keys.token(self.account_id))
            pipe.zrange(keys.OUTBOX_WAITING, 0, 0, withscores=True)
            pipe.hget(keys.COUNTERS, "dead_dropped")
            pipe.xlen(keys.JOURNAL)
            pipe.xlen(keys.UNVERIFIED)
            pipe.zcard(keys.chats(self.account_id))
            token_ms, oldest, dropped, journal, hints, chats = await pipe.execute()
        age = max(0.0, now - oldest[0][1]) if oldest else 0.0
        self.gauges.set(status, store, max(0, token_ms) / 1000, age)
        dead = read_or(keys.COUNTERS, dropped, int, 0)
        self.gauges.set_held({"journal": journal, "hints": hints, "chats": chats}, dead)

    def _raise(self, found: Sequence[Alarm]) -> None:
        """Log alarms that are new or over."""
        for name in found:
            if name not in self.raised:
                log.error("worker.report.alarm", extra={"alarm": name, "way_out": ALARM_TEXTS[name]})
        for name in self.raised:
            if name not in found:
                log.info("worker.report.alarm_over", extra={"alarm": name})
        self.raised = tuple(found)
