"""What one worker alone does, under a lease: watch, judge, sweep, hints, lost jobs, notices, search words."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter

from shared.process.shutdown import run_together
from shared.redis import keys
from shared.redis.lease import Lease
from worker.accounts.context import AccountContext
from worker.accounts.search_index import SearchIndexer
from worker.accounts.supervise import supervise
from worker.features.alerts.alerts import Alerts
from worker.features.automatic_answers.answerer import Answerer
from worker.features.coach.book import AnswerRepository
from worker.features.coach.follower import Follower
from worker.features.forwarding.forwarder import Forwarder, forget_position
from worker.intake.unverified import UnverifiedReader
from worker.jobs.requeue import requeue_for_ever
from worker.settings import WebhookAddress
from worker.sync.intervals import SyncIntervals
from worker.sync.metrics import SweepMetrics
from worker.sync.subscription.mode_controller import ModeController
from worker.sync.subscription.switch import LoopSignals, ModeSwitcher
from worker.sync.subscription.sync_state import SyncState
from worker.sync.subscription.watcher import SubscriptionWatcher
from worker.sync.sweep.backfill import Backfill
from worker.sync.sweep.scheduler import SweepScheduler
from worker.sync.sweep.sweep_state import SweepState
from worker.sync.sweep.sweeper import Sweeper

Loop = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class LeaderMetrics:
    """What Prometheus is told, in this process' registry."""

    sweeps: SweepMetrics
    hints: Counter


def make_metrics(registry: CollectorRegistry) -> LeaderMetrics:
    """Register them."""
    hints = Counter(
        "avito_live_worker_hints_total", "Unproven webhooks settled", ["outcome"], registry=registry
    )
    return LeaderMetrics(SweepMetrics(registry), hints)


@dataclass(frozen=True, slots=True)
class Leader:
    """One process' claim to be the one that watches. `owner`: unique among all workers."""

    work: AccountContext
    address: WebhookAddress
    pace: SyncIntervals
    owner: str
    metrics: LeaderMetrics
    notices: Alerts | None = None
    forwarder: Forwarder | None = None

    async def keep_for_ever(self) -> None:
        """Wait for the lease, then do it all until it is lost. Raises RedisError; call again."""
        lease = Lease(self.work.redis, keys.lease("watch"), self.owner)
        while True:
            await lease.hold(self._keep)

    async def _keep(self) -> None:
        if self.forwarder is None:
            await forget_position(self.work.redis)
        loops = self.loops()
        await run_together(*(supervise(loop, name) for name, loop in loops.items()))

    def loops(self) -> dict[str, Loop]:
        """Build every loop afresh: whoever takes over begins with a sweep and a look."""
        work, pace, signals = self.work, self.pace, LoopSignals()
        book = SweepState(work.redis, work.account_id)
        board = SyncState(work.redis, work.account_id, keys.lease("watch"), self.owner)
        switcher = ModeSwitcher(work.redis, work.account_id, keys.lease("watch"), self.owner)
        coach = AnswerRepository(work.redis, work.account_id, keys.lease("watch"), self.owner)
        has_address = bool(self.address.url)
        controller = ModeController(work, board, switcher, pace, signals, self.metrics.sweeps, has_address)
        watch = SubscriptionWatcher(work, board, self.address, pace, signals, controller.update)
        sweeper = Sweeper(work, book, self.metrics.sweeps)
        hints = UnverifiedReader(work, self.metrics.hints, lambda: book.ask_early(work.clock()))
        told: dict[str, Loop] = {"notices": self.notices.tell_for_ever} if self.notices else {}
        if self.forwarder:
            told["forward"] = self.forwarder.forward_for_ever
        return told | {
            "watch": watch.watch_for_ever,
            "judge": controller.control_for_ever,
            "sweep": SweepScheduler(work, sweeper, switcher, pace, signals).sweep_for_ever,
            "backfill": Backfill(work, book, sweeper, pace).run_for_ever,
            "hints": hints.read_for_ever,
            "coach": Follower(work, coach).follow_for_ever,
            "automatic": Answerer(work).answer_for_ever,
            "requeue": lambda: requeue_for_ever(work),
            "finding": SearchIndexer(work, keys.lease("watch"), self.owner).index_for_ever,
        }
