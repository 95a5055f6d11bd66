"""When the next sweep begins, and the loop that sweeps and reports what a sweep after a switch brought in."""

import asyncio
import logging
from dataclasses import dataclass

from shared.process.stored import read_or
from shared.redis import keys
from worker.accounts.context import AccountContext
from worker.sync.intervals import SyncIntervals
from worker.sync.subscription.mode import Mode
from worker.sync.subscription.switch import LoopSignals
from worker.sync.subscription.sync_state import SyncState
from worker.sync.sweep.sweeper import Sweeper

log = logging.getLogger("worker.watch")

EARLY_GAP_S = 5.0
"""An early sweep begins within this time of its request, and not more often than that."""
LOOK_FOR_READ_EVERY = 4


@dataclass(frozen=True, slots=True)
class SweepReasons:
    """Why a sweep may be due. `began`: the last one (Unix s, 0.0 never); `failures` in a row.

    `at_once`: after a start, a switch, a new epoch, Avito's return. `asked_at`: of the last request.
    """

    began: float = 0.0
    failures: int = 0
    at_once: bool = False
    asked_at: float | None = None


def due_at(reasons: SweepReasons, mode: Mode, now: float, intervals: SyncIntervals) -> float:
    """Return when the next sweep begins (Unix s; past: now), also after a clock was set back. Pure."""
    if reasons.began > now:
        return now
    usual = intervals.poll_s if mode == "polling" else intervals.sweep_s
    due = [reasons.began + usual]
    if reasons.at_once:
        due.append(reasons.began + intervals.at_once_s)
    if reasons.failures:
        due.append(reasons.began + intervals.again_after_s(reasons.failures))
    if reasons.asked_at is not None:
        due.append(max(reasons.began + EARLY_GAP_S, reasons.asked_at))
    return min(due)


@dataclass(slots=True)
class SweepScheduler:
    """The loop of one account's sweeps."""

    account: AccountContext
    sweeper: Sweeper
    state: SyncState
    intervals: SyncIntervals
    signals: LoopSignals
    failures: int = 0
    done: int = 0
    began: float | None = None
    """When the last sweep began, once known: only the owner of the lease sweeps."""

    async def sweep_for_ever(self) -> None:
        """Sweep again and again. Raises RedisError; call again."""
        while True:
            reasons, now = await self._reasons(), self.account.clock()
            wait_s = due_at(reasons, self.signals.mode, now, self.intervals) - now
            if wait_s > 0:
                await asyncio.sleep(min(wait_s, 3 * self.intervals.tick_s))
            else:
                await self.sweep()

    async def sweep(self) -> None:
        """Sweep once. After Avito refused a part, the next is due soon; after an exception, at once."""
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
            await self.state.add_recovered(switch, outcome.new)
        if self.signals.switch is switch:
            self.signals.switch = None

    async def _reasons(self) -> SweepReasons:
        redis, account_id = self.account.redis, self.account.account_id
        if self.began is None:
            key = keys.sweep(account_id)
            self.began = read_or(key, await redis.hget(key, "began"), float, 0.0)
        key = keys.sweep_requested(account_id)
        request = await redis.get(key)
        asked = None if request is None else read_or(key, request, float, self.account.clock())
        return SweepReasons(self.began, self.failures, self.signals.at_once, asked)
