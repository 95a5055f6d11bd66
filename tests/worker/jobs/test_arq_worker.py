"""arq's worker, woken: the real class on a real Redis."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from arq.connections import ArqRedis
from arq.worker import func
from redis.asyncio import Redis

from shared.process.shutdown import cancel_and_wait
from shared.process.supervise import supervise
from shared.redis import connection
from shared.wires import jobs
from testbed import RedisServer, until
from worker.jobs import arq_worker
from worker.jobs.arq_worker import WakeableWorker

pytestmark = pytest.mark.anyio
QUEUE = jobs.REQUESTS
NOTE, FAIL = jobs.FIND_VOICE, jobs.READ_OLDER_MESSAGES


class Ran:
    """Jobs that were run, in order, and how many at once."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.release = asyncio.Event()
        self.release.set()


async def note(ctx: dict[Any, Any], number: int) -> None:
    ran: Ran = ctx["ran"]
    ran.numbers.append(number)
    await ran.release.wait()


async def fail(ctx: dict[Any, Any], number: int) -> None:
    raise RuntimeError("a job that breaks")


@asynccontextmanager
async def working(server: RedisServer) -> AsyncIterator[tuple[ArqRedis, Ran]]:
    pool = jobs.arq_client(connection.make_pool(server.url))
    ran = Ran()
    functions: list[Any] = [func(note, name=NOTE), func(fail, name=FAIL)]
    worker = WakeableWorker(pool, QUEUE, functions, [], {"ran": ran})
    task = asyncio.create_task(supervise(logging.getLogger("worker"), "jobs", worker.main))
    try:
        yield pool, ran
    finally:
        ran.release.set()
        await cancel_and_wait(task)
        await worker.drain(5)
        await pool.aclose(close_connection_pool=True)


async def _is_blocked(pool: ArqRedis) -> bool:
    return bool((await pool.info("clients"))["blocked_clients"])


@pytest.fixture
async def server(redis_server: RedisServer, real_redis: Redis) -> RedisServer:
    return redis_server


async def test_a_wake_token_starts_a_job_without_waiting_for_the_slow_poll(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arq_worker, "SAFETY_POLL_S", 3600)
    async with working(server) as (pool, ran):
        await asyncio.sleep(0.05)
        await jobs.enqueue(pool, NOTE, 1)
        await until(lambda: ran.numbers == [1])
        await pool.execute_command("LPUSH", QUEUE.wake, b"so that the loop ends")


async def test_a_backlog_larger_than_the_slots_is_drained_whole(server: RedisServer) -> None:
    async with working(server) as (pool, ran):
        for number in range(QUEUE.slots * 4):
            await jobs.enqueue(pool, NOTE, number)
        await until(lambda: sorted(ran.numbers) == list(range(QUEUE.slots * 4)))


async def test_a_job_whose_token_was_lost_is_found_by_the_slow_poll(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arq_worker, "SAFETY_POLL_S", 0.3)
    async with working(server) as (pool, ran):
        await until(lambda: _is_blocked(pool))  # its first poll is over
        await pool.enqueue_job(NOTE, 1, _queue_name=QUEUE.key)
        await until(lambda: ran.numbers == [1])


async def test_a_deferred_job_starts_at_its_time_and_not_before(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arq_worker, "SAFETY_POLL_S", 3600)
    async with working(server) as (pool, ran):
        await asyncio.sleep(0.05)
        began = time.monotonic()
        await jobs.enqueue(pool, NOTE, 1, delay_s=0.3)
        await until(lambda: ran.numbers == [1])
        assert time.monotonic() - began >= 0.3
        await pool.execute_command("LPUSH", QUEUE.wake, b"so that the loop ends")


async def test_a_clock_that_is_ahead_where_a_job_is_queued_does_not_defer_it(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(server) as (pool, ran):
        monkeypatch.setattr(jobs, "timestamp_ms", lambda: int(time.time() * 1000) + 3_600_000)
        await jobs.enqueue(pool, NOTE, 1)
        await until(lambda: ran.numbers == [1])


async def test_no_more_jobs_run_at_once_than_there_are_slots(server: RedisServer) -> None:
    async with working(server) as (pool, ran):
        ran.release.clear()
        for number in range(QUEUE.slots + 5):
            await jobs.enqueue(pool, NOTE, number)
        await until(lambda: len(ran.numbers) == QUEUE.slots)

        ran.release.set()
        await until(lambda: len(ran.numbers) == QUEUE.slots + 5)


async def test_a_job_that_fails_does_not_affect_the_others(server: RedisServer) -> None:
    async with working(server) as (pool, ran):
        await jobs.enqueue(pool, FAIL, 1)
        await jobs.enqueue(pool, NOTE, 2)
        await until(lambda: ran.numbers == [2])


async def test_the_worker_carries_on_after_its_connections_were_cut(server: RedisServer) -> None:
    async with working(server) as (pool, ran), connection.connect(server.url) as other:
        await jobs.enqueue(pool, NOTE, 1)
        await until(lambda: ran.numbers == [1])
        await other.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

        await jobs.enqueue(other, NOTE, 2)
        await until(lambda: ran.numbers == [1, 2])


async def test_jobs_are_stored_as_json(real_redis: Redis) -> None:
    await jobs.enqueue(real_redis, NOTE, 1)

    (job_id,) = await real_redis.zrange(QUEUE.key, 0, -1)
    stored = await real_redis.get(b"arq:job:" + job_id)
    assert jobs.decode(stored)["f"] == NOTE


async def test_a_job_that_swallows_a_cancellation_has_ended_once_its_worker_is_drained(
    server: RedisServer,
) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def swallow(ctx: dict[Any, Any], number: int) -> None:
        begun.set()
        with suppress(asyncio.CancelledError):  # as asyncio.wait_for does in Python 3.11
            await asyncio.sleep(3600)
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    pool = jobs.arq_client(connection.make_pool(server.url))
    worker = WakeableWorker(pool, QUEUE, [func(swallow, name=NOTE)], [], {})
    task = asyncio.create_task(worker.main())
    await jobs.enqueue(pool, NOTE, 1)
    await begun.wait()

    await cancel_and_wait(task)
    await worker.drain(0)

    assert ended.is_set()
    await pool.aclose(close_connection_pool=True)
