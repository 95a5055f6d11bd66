"""Every job and cron of the worker, in one list, and the arq workers that run them."""

from typing import Any

from arq.cron import CronJob, cron
from arq.worker import Function, func

from shared.wires import jobs
from shared.wires.jobs import Queue
from worker.accounts.context import ACCOUNT, AccountContext, context_of
from worker.jobs import enrich, older_messages, operator_actions, prune, voice
from worker.jobs.arq_worker import WakeableWorker
from worker.outbox import deliver
from worker.sync.sweep import refresh


async def prune_old(ctx: dict[Any, Any]) -> None:
    """Cron: prune what is too old."""
    await prune.prune(context_of(ctx))


# arq's own type of a job refuses every named argument, so the functions go in untyped.
_JOBS: dict[str, Any] = {
    jobs.DELIVER: deliver.deliver,
    jobs.RUN_OPERATOR_ACTION: operator_actions.run_operator_action,
    jobs.FIND_VOICE: voice.find_voice,
    jobs.READ_OLDER_MESSAGES: older_messages.read_older_messages,
    jobs.REFRESH_CHAT: refresh.refresh_chat,
    jobs.RECHECK_CHAT: refresh.recheck_chat,
    jobs.ENRICH_CHAT: enrich.enrich_chat,
}
_PRUNE: Any = prune_old
_CRONS: dict[Queue, tuple[CronJob, ...]] = {
    jobs.ENRICHMENT: (cron(_PRUNE, minute={7, 37}, timeout=50),),
}


def make_jobs(account: AccountContext) -> tuple[WakeableWorker, ...]:
    """Build arq's workers over this process' Redis, one for each queue."""
    return tuple(
        WakeableWorker(account.redis, queue, functions_of(queue), _CRONS.get(queue, ()), {ACCOUNT: account})
        for queue in dict.fromkeys(jobs.QUEUES.values())
    )


def functions_of(queue: Queue) -> list[Function]:
    """Return a queue's own jobs; jobs of other queues, which older versions leave here, are passed on."""
    return [
        func(job if jobs.QUEUES[name] is queue else _pass_on(name), name=name) for name, job in _JOBS.items()
    ]


def _pass_on(name: str) -> Any:
    async def pass_on(context: dict[Any, Any], *arguments: str | int) -> None:
        await jobs.enqueue(context_of(context).redis, name, *arguments)

    return pass_on
