"""Reads the facts in Redis every second and makes the mode follow them."""

import asyncio
import logging
import time
from dataclasses import dataclass, field, replace
from itertools import count

from shared.avito_state import trouble_of
from shared.command_names import named_for_here
from worker.accounts.context import AccountContext
from worker.sync.intervals import SyncIntervals
from worker.sync.metrics import SyncMetrics
from worker.sync.subscription.mode import (
    ModeDecision,
    SyncFacts,
    decide,
    missed_webhooks,
    mode_reason,
)
from worker.sync.subscription.switch import LoopSignals, ModeSwitch
from worker.sync.subscription.sync_state import SyncState

log = logging.getLogger("worker.watch")

UPDATE_EVERY = 4
"""Ticks. Misses and the epoch are no facts that `glance` returns, so they may wait so long."""


@dataclass(slots=True)
class ModeController:
    """The controller of one account's mode. `has_address`: we have a public webhook URL."""

    account: AccountContext
    state: SyncState
    intervals: SyncIntervals
    signals: LoopSignals
    metrics: SyncMetrics
    has_address: bool
    before: SyncFacts | None = None
    wanted_at: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def control_for_ever(self) -> None:
        """Update the mode when a fact has changed, and every few ticks. Raises RedisError; call again."""
        before: list[bytes | None] = []
        for turn in count():
            facts = await self.state.glance()
            if facts != before or turn % UPDATE_EVERY == 0:
                await self.update()
            before = facts
            await asyncio.sleep(self.intervals.tick_s)

    async def update(self) -> None:
        """Decide the mode by the facts, and make it hold."""
        async with self.lock:
            now = self.account.clock()
            await self._count_misses(now)
            facts = await self.state.read(now - self.intervals.misses_within_s, now)
            self._signal_changes(facts)
            if self._is_list_stale(facts):
                return
            decision = decide(facts, now, self.intervals, has_address=self.has_address)
            if facts.wanted is None and decision.code != "unknown":
                await self.state.note_wanted(wanted=decision.adopt)
                self.before = replace(facts, wanted=decision.adopt)
            await self._follow(facts, decision, now)

    def _signal_changes(self, facts: SyncFacts) -> None:
        """Have the loops act at once after a new epoch, Avito's return, or a new wish of the owner."""
        before, self.before = self.before, facts
        if before is None:
            return
        if facts.epoch != before.epoch:
            self._act_at_once("worker.watch.new_epoch")
        if facts.avito == "ok" and before.avito not in ("ok", ""):
            self._act_at_once("worker.watch.avito_is_back")
        if facts.wanted and not before.wanted:
            self.wanted_at = time.monotonic()
            self.signals.look.set()

    def _act_at_once(self, event: str) -> None:
        log.info(event)
        self.signals.at_once = True
        self.signals.look.set()

    def _is_list_stale(self, facts: SyncFacts) -> bool:
        """Tell whether to wait for the list: at the first start, and after a wish, which changes the list."""
        if self.has_address and facts.listed is None and not self.signals.looked_at:
            return True
        return bool(facts.wanted) and self.signals.looked_at < self.wanted_at

    async def _count_misses(self, now: float) -> None:
        found = await self.state.found_by_sweep(now)
        if not found:
            return
        names = missed_webhooks(found, self.intervals.proof_s, await self.state.all_committed_until(now))
        missed = await self.state.note_missed(names, now)
        if missed:
            log.warning("worker.watch.missed", extra={"messages": missed})
            self.metrics.missed.inc(missed)
            if time.monotonic() - self.signals.looked_at > self.intervals.at_once_s:
                self.signals.look.set()

    async def _follow(self, facts: SyncFacts, decision: ModeDecision, now: float) -> None:
        """Make the decision hold where another mode or reason holds."""
        self.signals.mode = decision.mode
        code, trouble = decision.code, trouble_of(facts.avito)
        reason = named_for_here(mode_reason(decision, trouble))
        told = facts.reason == reason or code == "missed"  # another host is news, another count is not
        if (facts.mode, facts.code, facts.trouble) == (decision.mode, code, trouble) and told:
            return
        switch = ModeSwitch(
            now, facts.mode, decision.mode, reason, code, decision.count, decision.detail, trouble
        )
        if facts.mode != decision.mode:
            self.signals.at_once = True  # before the call, which may fail after Redis has taken it
        if not await self.state.tell(switch):
            return
        if facts.code == "missed" and decision.code != "missed":
            await self.state.forget_misses()
        extra = {"mode": decision.mode, "before": facts.mode, "why": trouble or code, "host": decision.host}
        log.log(logging.WARNING if facts.mode else logging.INFO, "worker.watch.mode", extra=extra)
        if facts.mode != decision.mode:
            self.signals.switch = switch if facts.mode else None
