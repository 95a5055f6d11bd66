"""arq's worker, woken instead of polling (docs/adr/0002): by a token, a freed slot, or a slow poll."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from arq.connections import ArqRedis
from arq.cron import CronJob
from arq.utils import timestamp_ms
from arq.worker import Function, Worker
from typing_extensions import override

from shared.process.shutdown import cancel_and_wait
from shared.process.stored import texts
from shared.process.trace import TRACE
from shared.wires.jobs import Queue, trace_of

SAFETY_POLL_S = 24.0
"""How long a job may lie unseen when its wake token was lost."""

_LISTEN_S = 4.0
"""How long one command may block; soon after that Redis counts as silent."""

_SHORTEST_S = 0.001
"""For Redis, 0 means for ever."""

JOB_TIMEOUT_S = 60
"""A job also waits this long (plus 10 s) after its worker was killed, so keep it short."""


async def _follow(ctx: dict[Any, Any]) -> None:
    """Runs in the job's own task, so its log lines carry the trace."""
    TRACE.set(trace_of(ctx["job_id"]))


class WakeableWorker(Worker):
    """Starts a queue's job within milliseconds of its wake token and carries on through Redis restarts."""

    def __init__(
        self,
        pool: ArqRedis,
        queue: Queue,
        functions: Sequence[Function],
        cron_jobs: Sequence[CronJob],
        context: dict[Any, Any],
    ) -> None:
        super().__init__(
            functions,
            cron_jobs=cron_jobs,
            queue_name=queue.key,
            redis_pool=pool,
            handle_signals=False,
            max_jobs=queue.slots,
            job_timeout=JOB_TIMEOUT_S,
            keep_result=0,
            poll_delay=SAFETY_POLL_S,
            max_tries=1_000_000,  # no job is dropped for having been tried often
            health_check_interval=3600,
            job_serializer=pool.job_serializer,
            job_deserializer=pool.job_deserializer,
            ctx={**context, "redis": pool},
            on_job_start=_follow,
            log_results=False,
        )
        self._wake = queue.wake
        self._freed = asyncio.Event()

    @override
    async def main(self) -> None:
        """Poll again at once while polling finds jobs, else wait to be woken.

        Raises RedisError, and what failed around a job, which runs again: call again.
        """
        while True:
            started, polled_ms = self._jobs_started(), timestamp_ms()
            await self._poll_iteration()
            if self._jobs_started() == started or self.job_counter >= self.max_jobs:
                await self._wait(polled_ms)

    @override
    async def start_jobs(self, job_ids: list[bytes]) -> None:
        """Leave out jobs that run here already: arq would ask Redis about each of them at every poll.

        What is no id of a job leaves the queue, for which arq would fail at every poll.
        """
        found = {job_id: text for job_id in job_ids for text in texts(self.queue_name, [job_id])}
        if junk := set(job_ids) - found.keys():
            await self.pool.zrem(self.queue_name, *junk)
        await super().start_jobs([job_id for job_id, text in found.items() if text not in self.tasks])

    @override
    def _release_sem_dec_counter_on_complete(self) -> None:
        super()._release_sem_dec_counter_on_complete()
        self._freed.set()

    async def _wait(self, polled_ms: int) -> None:
        """Wait for a token (when a slot is free), a freed slot, a deferred job's time, or the slow poll."""
        self._freed.clear()
        if self.job_counter >= self.max_jobs:
            with suppress(TimeoutError):
                async with asyncio.timeout(SAFETY_POLL_S):
                    await self._freed.wait()
            return
        left_s = await self._until_due_s(polled_ms)
        while left_s > 0 and not await self.pool.blpop([self._wake], min(left_s, _LISTEN_S)):
            left_s -= _LISTEN_S

    async def _until_due_s(self, polled_ms: int) -> float:
        """Return how long no job is due; the last poll saw those that were due then."""
        later = await self.pool.zrangebyscore(
            self.queue_name, f"({polled_ms}", "+inf", start=0, num=1, withscores=True
        )
        left_s = (later[0][1] - timestamp_ms()) / 1000 if later else SAFETY_POLL_S
        return min(SAFETY_POLL_S, max(_SHORTEST_S, left_s))

    async def drain(self, within_s: float) -> None:
        """Take no more jobs and let running ones finish; those that do not are cancelled and run again.

        arq cancels the task of a job only once, which Python 3.11 may swallow (see cancel_and_wait).
        """
        self.allow_pick_jobs = False
        tasks = [task for task in (*self.tasks.values(), *self.job_tasks.values()) if not task.done()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=within_s)
            await cancel_and_wait(*late)
