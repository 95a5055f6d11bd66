"""Looks every second at what Redis knows and makes the mode follow the evidence."""

import asyncio
import logging
import time
from dataclasses import dataclass, field, replace
from itertools import count

from worker.accounts.context import AccountContext
from worker.sync.intervals import SyncIntervals
from worker.sync.metrics import SweepMetrics
from worker.sync.subscription.misses import overdue
from worker.sync.subscription.mode import Evidence, ModeDecision, decide
from worker.sync.subscription.signals import LoopSignals
from worker.sync.subscription.switch import Switch, Switcher
from worker.sync.subscription.sync_state import Seen, SyncState
from worker.sync.subscription.words import reason

log = logging.getLogger("worker.watch")

WHOLE_LOOK_EVERY = 4
"""Ticks. What is no fact of the board (misses, the epoch) may wait so long."""


@dataclass(slots=True)
class Judge:
    """One account's. `has_address`: we have a public webhook URL to speak of."""

    work: AccountContext
    board: SyncState
    switcher: Switcher
    pace: SyncIntervals
    signals: LoopSignals
    metrics: SweepMetrics
    has_address: bool
    before: Seen | None = None
    wanted_at: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def judge_for_ever(self) -> None:
        """Judge whenever a fact has changed, and now and then. Raises RedisError; call again."""
        glimpsed: list[bytes | None] = []
        for turn in count():
            glimpse = await self.board.glance()
            if glimpse != glimpsed or turn % WHOLE_LOOK_EVERY == 0:
                await self.judge()
            glimpsed = glimpse
            await asyncio.sleep(self.pace.tick_s)

    async def judge(self) -> None:
        """Decide the mode by what is known now."""
        async with self.lock:
            now = self.work.clock()
            await self._judge_misses(now)
            seen = await self.board.read(now - self.pace.misses_within_s, now)
            self._notice(seen)
            if self._is_list_stale(seen):
                return
            verdict = decide(self._evidence(seen), now, self.pace)
            if seen.wanted is None and verdict.code != "unknown":
                await self.board.note_wanted(wanted=verdict.adopt)
                self.before = replace(seen, wanted=verdict.adopt)
            await self._follow(seen, verdict, now)

    def _evidence(self, seen: Seen) -> Evidence:
        return Evidence(
            has_address=self.has_address,
            wanted=seen.wanted,
            listed=seen.listed,
            host=seen.host,
            misses=seen.misses,
            losing=seen.code == "missed",
        )

    def _notice(self, seen: Seen) -> None:
        """See what calls for a sweep or a look at once: another epoch, Avito's return, another wish."""
        before, self.before = self.before, seen
        if before is None:
            return
        if seen.epoch != before.epoch:
            log.info("worker.watch.new_epoch")
            self.signals.at_once = True
            self.signals.look.set()
        if seen.avito == "ok" and before.avito not in ("ok", ""):
            log.info("worker.watch.avito_is_back")
            self.signals.at_once = True
            self.signals.look.set()
        if seen.wanted and not before.wanted:
            self.wanted_at = time.monotonic()
            self.signals.look.set()

    def _is_list_stale(self, seen: Seen) -> bool:
        """A new wish changes what stands at Avito, and at the first start nobody knows: wait for the list."""
        if self.has_address and seen.listed is None and not self.signals.looked_at:
            return True
        return bool(seen.wanted) and self.signals.looked_at < self.wanted_at

    async def _judge_misses(self, now: float) -> None:
        unproved = await self.board.unproved(now)
        if not unproved:
            return
        names = overdue(unproved, self.pace.proof_s, await self.board.all_taken_until(now))
        missed = await self.board.note_missed(names, now)
        if missed:
            log.warning("worker.watch.missed", extra={"messages": missed})
            self.metrics.missed.inc(missed)
            if time.monotonic() - self.signals.looked_at > self.pace.at_once_s:
                self.signals.look.set()

    async def _follow(self, seen: Seen, verdict: ModeDecision, now: float) -> None:
        """Make the verdict hold, when it is another than what holds."""
        self.signals.mode = verdict.mode
        if seen.mode == verdict.mode and seen.code == verdict.code and _is_told(seen, verdict):
            return
        switch = Switch(
            now,
            seen.mode,
            verdict.mode,
            reason(verdict),
            verdict.code,
            verdict.count,
            detail=verdict.detail,
        )
        if seen.mode != verdict.mode:
            self.signals.at_once = True  # before it is told: that may fail after it was written
        if not await self.switcher.tell(switch):
            return
        if seen.code == "missed" and not verdict.losing:
            await self.board.forget_misses()
        extra = {"mode": verdict.mode, "before": seen.mode, "why": verdict.code, "host": verdict.host}
        log.log(logging.WARNING if seen.mode else logging.INFO, "worker.watch.mode", extra=extra)
        if seen.mode != verdict.mode:
            self.signals.switch = switch if seen.mode else None


def _is_told(seen: Seen, verdict: ModeDecision) -> bool:
    """Another host is told; another count of the same trouble is not news."""
    return verdict.code != "taken" or seen.reason == reason(verdict)
