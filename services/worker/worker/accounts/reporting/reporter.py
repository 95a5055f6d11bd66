"""Looks every few seconds how the whole system is, tells Prometheus, and raises alarms about Redis."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.redis import keys
from shared.redis.info import WORDS, Alarm, Store, alarms, read_store
from shared.status import read_status
from worker.accounts.reporting.gauges import SystemGauges

log = logging.getLogger("worker.report")

EVERY_S = 15.0


@dataclass(slots=True)
class Reporter:
    """One process'. Alarms stand in keys.FACTS as `alarms`, a JSON list of their names, for the status."""

    redis: Redis
    account_id: int
    gauges: SystemGauges
    clock: Callable[[], float] = time.time
    told: tuple[Alarm, ...] = ()

    async def report_for_ever(self) -> None:
        """Report again and again. Raises RedisError when Redis is away; call again."""
        while True:
            try:
                await self.report()
            except (RedisError, OSError):
                self.gauges.tell_nothing()
                raise
            await asyncio.sleep(EVERY_S)

    async def report(self) -> None:
        """Look once."""
        now = self.clock()
        store = read_store(await self.redis.info())
        await self._raise(store)
        status = await read_status(self.redis, now)
        async with self.redis.pipeline(transaction=False) as pipe:
            pipe.execute_command("PTTL", keys.token(self.account_id))
            pipe.zrange(keys.OUTBOX_WAITING, 0, 0, withscores=True)
            token_ms, oldest = await pipe.execute()
        age = max(0.0, now - oldest[0][1]) if oldest else None
        await self._report_held()
        self.gauges.tell(status, store, max(0, token_ms) / 1000, age)

    async def _report_held(self) -> None:
        async with self.redis.pipeline(transaction=False) as pipe:
            pipe.execute_command("XLEN", keys.JOURNAL)
            pipe.execute_command("XLEN", keys.HINTS)
            pipe.zcard(keys.chats(self.account_id))
            pipe.execute_command("HGET", keys.COUNTERS, "dead_dropped")
            journal, hints, chats, dropped = await pipe.execute()
        held = {"journal": journal, "hints": hints, "chats": chats}
        self.gauges.tell_held(held, int(dropped or 0))

    async def _raise(self, store: Store) -> None:
        """Say what is new and what is over. A Redis that is full takes no facts: then the log has them."""
        found = alarms(store)
        for name in found:
            if name not in self.told:
                log.error("worker.report.alarm", extra={"alarm": name, "way_out": WORDS[name]})
        for name in self.told:
            if name not in found:
                log.info("worker.report.alarm_over", extra={"alarm": name})
        self.told = found
        try:
            await self.redis.execute_command("HSET", keys.FACTS, "alarms", orjson.dumps(found))
        except RedisError as error:
            log.warning("worker.report.alarms_not_kept", extra={"reason": str(error)})
