"""Every loop that the core runs for an account, in one list; features add their own."""

import asyncio
from functools import partial
from itertools import count

from shared.redis.lease import Lease
from worker.accounts.context import AccountContext
from worker.accounts.leader import Loops
from worker.accounts.search_index import LOOK_S, SearchIndexer
from worker.intake.unverified import UnverifiedReader
from worker.jobs import enrich, operator_actions
from worker.jobs.notices import HeldChatsNotice
from worker.outbox import deliver
from worker.outbox.box import meet_epoch
from worker.settings import Settings
from worker.sync.intervals import SyncIntervals
from worker.sync.metrics import SyncMetrics
from worker.sync.pulse import Pulse, pause_for
from worker.sync.subscription.mode_controller import ModeController
from worker.sync.subscription.switch import LoopSignals
from worker.sync.subscription.sync_state import SyncState
from worker.sync.subscription.watcher import SubscriptionWatcher
from worker.sync.sweep import refresh
from worker.sync.sweep.backfill import Backfill
from worker.sync.sweep.scheduler import SweepScheduler
from worker.sync.sweep.sweep_state import SweepState
from worker.sync.sweep.sweeper import Sweeper

REQUEUE_EVERY_S = 5.0
NOTE_EPOCH_EVERY = 6
"""At every so many looks a new epoch is noted, also when no operator replies."""


def make_loops(account: AccountContext, lease: Lease, settings: Settings, metrics: SyncMetrics) -> Loops:
    """Build every loop afresh, so that a new leader begins with a sweep and a look at the subscription."""
    intervals = SyncIntervals(settings.poll_s, settings.sweep_s, settings.watch_s)
    signals, has_address = LoopSignals(), bool(settings.address.url)
    sweep_state = SweepState(account.redis, account.account_id)
    sync_state = SyncState(account.redis, account.account_id, lease.key, lease.owner)
    sweeper = Sweeper(account, sweep_state, metrics)
    controller = ModeController(account, sync_state, intervals, signals, metrics, has_address)
    watcher = SubscriptionWatcher(
        account, sync_state, settings.address, intervals, signals, controller.update
    )
    unverified = UnverifiedReader(account, metrics.unverified, lambda: sweep_state.ask_early(account.clock()))
    indexer = SearchIndexer(account, lease.key, lease.owner)
    return {
        "subscription": watcher.watch_for_ever,
        "mode": controller.control_for_ever,
        "sweep": SweepScheduler(account, sweeper, sync_state, intervals, signals).sweep_for_ever,
        "pulse": Pulse(account, pause_for(settings.calls_per_minute)).beat_for_ever,
        "backfill": Backfill(account, sweep_state, sweeper, intervals).run_for_ever,
        "unverified": unverified.read_for_ever,
        "notices": HeldChatsNotice(account).keep_for_ever,
        "requeue": partial(requeue_for_ever, account),
        "recheck": partial(refresh.requeue_for_ever, account),
        "search_index": partial(indexer.journal.follow_for_ever, LOOK_S),
    }


async def requeue_for_ever(account: AccountContext) -> None:
    """Look every few seconds. A loop of the leader, since arq's cron takes twenty commands a run."""
    for look in count():
        if look % NOTE_EPOCH_EVERY == 0:
            await meet_epoch(account.redis, account.clock())
        await enrich.requeue_due(account)
        await deliver.requeue_due(account)
        await operator_actions.requeue_due(account)
        await asyncio.sleep(REQUEUE_EVERY_S)
