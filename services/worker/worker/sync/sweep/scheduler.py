"""Sweeps when it is due, and tells what a sweep after a switch brought in."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from shared.redis import keys
from worker.accounts.context import AccountContext
from worker.sync.intervals import SyncIntervals
from worker.sync.subscription.signals import LoopSignals
from worker.sync.subscription.switch import Switcher
from worker.sync.sweep.schedule import Wishes, due_at
from worker.sync.sweep.sweeper import Sweeper

log = logging.getLogger("worker.watch")

LOOK_FOR_READ_EVERY = 4


@dataclass(slots=True)
class Sweeps:
    """One account's."""

    work: AccountContext
    sweeper: Sweeper
    switcher: Switcher
    pace: SyncIntervals
    signals: LoopSignals
    failures: int = 0
    done: int = 0
    began: float | None = None
    """When the last sweep began, as soon as that is known: who has the lease alone sweeps."""

    async def sweep_for_ever(self) -> None:
        """Sweep again and again. Raises RedisError; call again."""
        while True:
            now = self.work.clock()
            wait_s = due_at(await self._wishes(), self.signals.mode, now, self.pace) - now
            if wait_s > 0:
                await asyncio.sleep(min(wait_s, 3 * self.pace.tick_s))
            else:
                await self.sweep()

    async def sweep(self) -> None:
        """Sweep once. What Avito refused is tried again soon; one that breaks off is wanted at once again."""
        switch, self.signals.at_once, self.began = self.signals.switch, False, None
        try:
            outcome = await self.sweeper.sweep(look_for_read=self.done % LOOK_FOR_READ_EVERY == 0)
        except BaseException:
            self.signals.at_once = True
            raise
        self.done += 1
        self.failures = 0 if outcome.whole else self.failures + 1
        if switch is None or not outcome.whole:
            return
        if outcome.new:
            await self.switcher.add_recovered(switch, outcome.new)
        if self.signals.switch is switch:
            self.signals.switch = None

    async def _wishes(self) -> Wishes:
        redis, account = self.work.redis, self.work.account_id
        if self.began is None:
            self.began = _time(await redis.execute_command("HGET", keys.sweep(account), "began")) or 0.0
        asked = _time(await redis.execute_command("GET", keys.sweep_asked(account)))
        return Wishes(self.began, self.failures, self.signals.at_once, asked)


def _time(value: Any) -> float | None:
    return float(value) if value else None
