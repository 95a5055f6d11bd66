"""One worker process: its live objects, its loops, and how it starts and ends.

Order of the end: stop taking entries and jobs, let running jobs finish, say goodbye, close. Whatever is
cut off lies in Redis as before and is taken over by another worker within seconds.
"""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from prometheus_client import CollectorRegistry
from redis.exceptions import RedisError

from shared.process import heartbeat
from shared.process.shutdown import end
from shared.process.tune_gc import tune_gc
from shared.redis import connection, keys, layout
from shared.wires import jobs
from worker.accounts import health
from worker.accounts.context import AccountContext
from worker.accounts.leader import Leader, make_metrics
from worker.accounts.reporting.gauges import SystemGauges
from worker.accounts.reporting.reporter import Reporter
from worker.accounts.supervise import supervise
from worker.avito.client import open_client
from worker.features.alerts.alerts import Alerts
from worker.features.forwarding.forwarder import Forwarder
from worker.intake.metrics import IntakeMetrics
from worker.intake.reader import Intake
from worker.jobs.arq_worker import WakeableWorker
from worker.jobs.enqueue_enrichment import EnrichmentQueue
from worker.jobs.functions import make_jobs
from worker.messages import counters
from worker.settings import Settings
from worker.sync.intervals import SyncIntervals

log = logging.getLogger("worker")

BEAT_EVERY_S = 3.0
BEAT_TTL_S = 8.0
READS_WITHIN_S = 10.0
LET_FINISH_S = 8.0
AWAY_PAUSE_S = 0.5

NamedLoop = Callable[[], Coroutine[Any, Any, None]]


@dataclass(slots=True)
class Worker:
    """A worker's parts, ready to run."""

    name: str
    work: AccountContext
    loops: dict[str, NamedLoop]
    jobs: tuple[WakeableWorker, ...]
    health: NamedLoop

    async def run(self, stop: asyncio.Event, bring_up: NamedLoop) -> None:
        """Run every loop until `stop`, then end cleanly; the data is brought up to our layout before.

        Raises NewerLayoutError.
        """
        tasks = [asyncio.create_task(supervise(self.health, "health"))]
        settling = asyncio.create_task(bring_up())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({settling, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if settling.done():
                settling.result()
                tasks += [asyncio.create_task(supervise(loop, name)) for name, loop in self.loops.items()]
                tasks += [asyncio.create_task(queue.main()) for queue in self.jobs]
                tune_gc()
                await stop.wait()
            log.info("worker.stopping")
        finally:
            await end(*tasks, settling, stopping)
        await asyncio.gather(*(queue.drain(LET_FINISH_S) for queue in self.jobs))
        with suppress(Exception):
            await heartbeat.deregister(self.work.redis, "worker", self.name)


@asynccontextmanager
async def make_worker(settings: Settings) -> AsyncIterator[Worker]:
    """Build a worker and close what it opened."""
    registry = CollectorRegistry()
    counters.register(registry)
    name = f"{socket.gethostname()}-{uuid4().hex[:8]}"
    async with AsyncExitStack() as stack:
        pool = connection.make_pool(settings.redis_url, **connection.connection_options())
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
        work = AccountContext(redis, avito, settings.keys.user_id, settings.keep_messages, kept=settings.kept)
        intake = make_intake(work, settings, name, registry)
        door = health.bind_next_free(settings.metrics_host, settings.metrics_port)
        stack.callback(door.close)
        loops: dict[str, NamedLoop] = {
            "intake": intake.read_for_ever,
            "takeover": intake.take_over_for_ever,
            "heartbeat": lambda: beat_for_ever(work, name, settings.demo),
            "report": Reporter(redis, settings.keys.user_id, SystemGauges(registry)).report_for_ever,
            "keeper": make_leader(work, settings, name, registry).keep_for_ever,
        }

        def serve_health() -> Coroutine[Any, Any, None]:
            return health.serve(door, lambda: readiness(intake), registry)

        yield Worker(name, work, loops, make_jobs(work), serve_health)


def make_intake(work: AccountContext, settings: Settings, name: str, registry: CollectorRegistry) -> Intake:
    """Build the reader of the inbox."""
    hints = EnrichmentQueue(work.redis, work.account_id, time.monotonic)

    async def read_again(chat_id: str) -> None:
        await jobs.enqueue(work.redis, jobs.SETTLE_DOUBT, work.account_id, chat_id)

    return Intake(
        work.redis,
        work.account_id,
        work.keep,
        name,
        IntakeMetrics(registry),
        hints,
        read_again,
        signature_key=settings.signature_key,
    )


def make_leader(work: AccountContext, settings: Settings, name: str, registry: CollectorRegistry) -> Leader:
    """Build this process' claim to be the one that watches and sweeps."""
    pace = SyncIntervals(settings.poll_s, settings.sweep_s, settings.watch_s)
    telegram, every_s = settings.telegram, max(pace.tick_s, pace.at_once_s)
    notices = Alerts(work, telegram, settings.disk, pace.notice_s, every_s) if telegram else None
    forwarder = Forwarder(work, settings.forward) if settings.forward else None
    return Leader(work, settings.address, pace, name, make_metrics(registry), notices, forwarder)


async def beat_for_ever(work: AccountContext, name: str, demo: bool) -> None:
    """Say every few seconds that this worker lives, which account it serves, and whether that is made up."""
    unsaid = True
    while True:
        unsaid |= await heartbeat.beat(work.redis, "worker", name, {}, BEAT_TTL_S)
        if unsaid:
            await work.redis.execute_command("SADD", keys.ACCOUNTS, work.account_id)
            await work.redis.execute_command("HSET", keys.FACTS, "demo", int(demo))
            unsaid = False
        await asyncio.sleep(BEAT_EVERY_S)


async def readiness(intake: Intake) -> dict[str, object]:
    """Tell whether this worker does its job: it reads the inbox, and Redis takes what it commits."""
    silent_s = time.monotonic() - intake.heard_at
    return {
        "ready": silent_s < READS_WITHIN_S and not intake.refused,
        "inbox_read_s_ago": round(silent_s, 1),
        "commits": intake.refused or "ok",
    }


async def run(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with make_worker(settings) as worker:
        log.info("worker.started", extra={"worker": worker.name, "account": worker.work.account_id})
        await worker.run(stop, lambda: bring_up(settings.redis_url, worker.name))
    log.info("worker.stopped")


async def bring_up(redis_url: str, owner: str) -> None:
    """Bring the data up to our layout as soon as Redis is there. Raises NewerLayoutError."""
    async with connection.connect(redis_url, names_epoch=False) as redis:
        while True:
            try:
                await layout.bring_up(redis, owner)
            except (RedisError, OSError) as error:
                log.warning("worker.redis_away", extra={"loop": "layout", "reason": str(error)})
                await asyncio.sleep(AWAY_PAUSE_S)
            else:
                return
