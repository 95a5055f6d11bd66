"""One worker process: its live objects, its loops, and how it starts and ends.

It ends in this order: it takes no more entries and jobs, lets running jobs finish, deregisters, closes.
What is cut off lies in Redis as before, and another worker takes it over within seconds.
"""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from prometheus_client import CollectorRegistry, ProcessCollector

from shared.process.lifecycle import begin_ending, notify_when_ready
from shared.process.supervise import Loop, repeat, retry, running, supervise
from shared.process.tune_gc import tune_gc
from shared.redis import connection, keys, layout
from shared.redis.epoch_watch import EpochWatch
from shared.redis.lease import Lease
from shared.redis.server_watch import EVERY_S as WATCH_EVERY_S
from shared.wires import heartbeat, jobs
from worker.accounts.context import AccountContext
from worker.accounts.leader import Loops, lead_for_ever
from worker.accounts.reporting import health
from worker.accounts.reporting.gauges import SystemGauges
from worker.accounts.reporting.reporter import Reporter
from worker.avito.client import open_client
from worker.features.configuration import Configuration
from worker.intake.metrics import IntakeMetrics
from worker.intake.reader import Intake
from worker.jobs.arq_worker import WakeableWorker
from worker.jobs.enrich import EnrichmentQueue
from worker.jobs.functions import make_jobs
from worker.jobs.loops import make_loops
from worker.messages import counters
from worker.settings import Settings
from worker.sync.metrics import SyncMetrics

log = logging.getLogger("worker")

READS_WITHIN_S = 10.0
LET_FINISH_S = 8.0


@dataclass(slots=True)
class Worker:
    """A worker's parts, ready to run."""

    name: str
    account: AccountContext
    loops: Loops
    jobs: tuple[WakeableWorker, ...]
    health: Loop
    ready: Callable[[], Awaitable[Mapping[str, object]]]

    async def run(self, stop: asyncio.Event, bring_up: Loop) -> None:
        """Run every loop until `stop`, then end cleanly; the data is brought up to our layout before.

        Raises NewerLayoutError.
        """
        async with running(supervise(log, "health", self.health), notify_when_ready(self.ready)):
            async with running(bring_up(), stop.wait()) as (preparing, stopping):
                await asyncio.wait({preparing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not preparing.cancelled():
                preparing.result()
                async with running(*(supervise(log, name, loop) for name, loop in self.loops.items())):
                    tune_gc()
                    await stop.wait()
            log.info("worker.stopping")
            await asyncio.gather(*(queue.drain(LET_FINISH_S) for queue in self.jobs))
            with suppress(Exception):
                await heartbeat.deregister(self.account.redis, "worker", self.name)


@asynccontextmanager
async def make_worker(configuration: Configuration) -> AsyncIterator[Worker]:
    """Build a worker and close what it opened."""
    settings, registry = configuration.settings, CollectorRegistry()
    counters.register(registry)
    ProcessCollector(registry=registry)
    name = f"{socket.gethostname()}-{uuid4().hex[:8]}"
    async with AsyncExitStack() as stack:
        pool = connection.make_pool(settings.redis_url, commits=True)
        redis = jobs.arq_client(pool)
        stack.push_async_callback(redis.aclose, close_connection_pool=True)
        avito = await stack.enter_async_context(
            open_client(
                redis,
                settings.keys,
                settings.api_url,
                per_minute=settings.calls_per_minute,
                registry=registry,
            )
        )
        account_id = settings.keys.user_id
        account = AccountContext(redis, avito, account_id, settings.keep_messages, kept=settings.kept)
        intake = make_intake(account, settings, name, registry)
        listener = health.bind_next_free(settings.metrics_host, settings.metrics_port)
        stack.callback(listener.close)
        queues = make_jobs(account)
        loops: Loops = {
            **{queue.queue_name.partition(":")[2]: queue.main for queue in queues},
            "intake": intake.read_for_ever,
            "takeover": intake.take_over_for_ever,
            "server_watch": partial(repeat, log, WATCH_EVERY_S, EpochWatch(pool, commits=True).look),
            "heartbeat": partial(health.beat_for_ever, redis, name, settings.keys, demo=settings.demo),
            "report": Reporter(redis, account_id, SystemGauges(registry)).report_for_ever,
            "leader": make_leader(account, configuration, name, registry),
        }
        ready = partial(readiness, intake)
        serve = partial(health.serve, listener, health.make_app(ready, registry))
        yield Worker(name, account, loops, queues, serve, ready)


def make_intake(
    account: AccountContext, settings: Settings, name: str, registry: CollectorRegistry
) -> Intake:
    """Build the reader of the inbox."""
    enrichment = EnrichmentQueue(account.redis, account.account_id, time.monotonic)
    return Intake(
        account.redis,
        account.account_id,
        account.keep,
        name,
        IntakeMetrics(registry),
        enrichment,
        lambda chat_id: jobs.enqueue(account.redis, jobs.RECHECK_CHAT, account.account_id, chat_id),
    )


def make_leader(
    account: AccountContext, configuration: Configuration, name: str, registry: CollectorRegistry
) -> Loop:
    """Return the loop that leads the account, with the loops of the core and of each feature."""
    lease, metrics = Lease(account.redis, keys.lease("watch"), name), SyncMetrics(registry)
    added = [feature.load()(account, lease, *feature.settings) for feature in configuration.features]

    def loops() -> Loops:
        core = make_loops(account, lease, configuration.settings, metrics)
        return {name: loop for part in (core, *added) for name, loop in part.items()}

    return partial(lead_for_ever, lease, loops)


async def readiness(intake: Intake) -> dict[str, object]:
    """Tell whether this worker does its job: it reads the inbox, and Redis takes what it commits."""
    silent_s = time.monotonic() - intake.heard_at
    return {
        "ready": silent_s < READS_WITHIN_S and not intake.refused,
        "inbox_read_s_ago": round(silent_s, 1),
        "commits": intake.refused or "ok",
    }


async def run(configuration: Configuration) -> None:
    """Run until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        begin_ending()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    async with make_worker(configuration) as worker:
        log.info("worker.started", extra={"worker": worker.name, "account": worker.account.account_id})
        await worker.run(stop, partial(bring_up, configuration.settings.redis_url, worker.name))
    log.info("worker.stopped")


async def bring_up(redis_url: str, owner: str) -> None:
    """Bring the data up to our layout as soon as Redis is there. Raises NewerLayoutError."""
    async with connection.connect(redis_url, names_epoch=False) as redis:
        await retry(log, "layout", partial(layout.migrate, redis, owner))
