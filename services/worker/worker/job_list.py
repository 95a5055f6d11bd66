"""Every job and cron of the worker, in one list."""

from typing import Any

from arq.cron import CronJob, cron
from arq.worker import Function, func

from worker import enrich, errands, history, prune, voice
from worker.context import WORK, Work, work_of
from worker.outbox import deliver
from worker.sweeping import refresh
from worker.woken import WokenWorker


async def prune_old(ctx: dict[Any, Any]) -> None:
    """Cron: keep what has an age within its bounds."""
    await prune.prune(work_of(ctx))


# arq's own type of a job refuses every named argument, so the functions go in untyped.
_JOBS: tuple[Any, ...] = (
    enrich.enrich_chat,
    deliver.deliver,
    errands.run_errand,
    history.read_history,
    voice.find_voice,
    refresh.refresh_chat,
)
_PRUNE: Any = prune_old

FUNCTIONS: tuple[Function, ...] = tuple(func(job) for job in _JOBS)
CRONS: tuple[CronJob, ...] = (cron(_PRUNE, minute={7, 37}, timeout=50),)


def make_jobs(work: Work) -> WokenWorker:
    """Build arq's worker over this process' Redis."""
    return WokenWorker(work.redis, FUNCTIONS, CRONS, {WORK: work})
