"""Urgent jobs pass others: the real arq workers on a real Redis, with the rate limit of one shop."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from redis.asyncio import Redis

from shared.process.shutdown import cancel_and_wait
from shared.redis import connection, keys
from shared.wires import job_results, jobs, operator_actions, threads
from shared.wires.operator_actions import OperatorAction
from shared.wires.queue_reply import queue
from shared.wires.threads import ThreadCursor
from testbed import RedisServer, until
from tests.worker.avito.opened import opened
from tests.worker.avito.scripted import Reply, Scripted, Seen, answer, scripted
from tests.worker.builders import CHAT, SELLER
from tests.worker.outbox.replies import make_wish, open_chat
from worker.accounts.context import AccountContext
from worker.jobs import enrich
from worker.jobs.arq_worker import WakeableWorker
from worker.jobs.functions import make_jobs

pytestmark = pytest.mark.anyio
A_SHOPS_BUDGET = 300
NEW_CHATS = 1_000


def avito_answers(seen: Seen) -> Reply:
    """What a shop's calls are answered with."""
    if seen.path.endswith("/getVoiceFiles"):
        return answer({"voices_urls": {"v1": "https://files.example/v1"}})
    if seen.path.endswith("/messages/"):
        return answer({"messages": [], "meta": {"has_more": False}})
    if is_enrichment(seen):
        return answer({"id": seen.path.rpartition("/")[2], "users": [], "created": 1, "updated": 1})
    if is_reply(seen):
        message = {"id": "sent", "created": int(time.time()), "type": "text", "direction": "out"}
        return answer(message | {"content": {"text": "Да"}})
    return answer({})


def is_reply(seen: Seen) -> bool:
    return seen.method == "POST" and seen.path.endswith("/messages")


def is_enrichment(seen: Seen) -> bool:
    return seen.method == "GET" and seen.path.rpartition("/")[0].endswith("/chats")


@dataclass
class Shop:
    """A worker's jobs at work, and what came to Avito in its order."""

    account: AccountContext
    avito: Scripted
    workers: tuple[WakeableWorker, ...] = ()
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def new_chats(self, count: int) -> None:
        """Let many buyers write at once."""
        names = [f"c{number}" for number in range(count)]
        await self.account.redis.zadd(keys.to_enrich(SELLER), dict.fromkeys(names, time.time()))
        for name in names:
            await jobs.enqueue(self.account.redis, jobs.ENRICH_CHAT, SELLER, name)

    def start(self) -> None:
        self.workers = make_jobs(self.account)
        self.tasks += [asyncio.create_task(one.main()) for one in self.workers]

    async def stop(self) -> None:
        await cancel_and_wait(*self.tasks)
        await asyncio.gather(*(one.drain(0) for one in self.workers))
        await until(lambda: not any(map(is_being_finished, asyncio.all_tasks())))

    async def calls_before(self, ask: Callable[[], Awaitable[object]], is_it: Callable[[Seen], bool]) -> int:
        """Return how many enrichments went to Avito between the asking and the call that was asked for."""
        begun = len(self.avito.calls)
        await ask()
        await until(lambda: any(map(is_it, self.avito.calls[begun:])), within=60)
        passed = [is_it(seen) for seen in self.avito.calls[begun:]].index(True)
        return sum(map(is_enrichment, self.avito.calls[begun:][:passed]))


def is_being_finished(task: asyncio.Task[Any]) -> bool:
    """Whether arq notes the end of a job, which it shields from being cancelled."""
    return "finish_job" in repr(task.get_coro())


@asynccontextmanager
async def opened_shop(server: RedisServer) -> AsyncIterator[Shop]:
    redis = jobs.arq_client(connection.make_pool(server.url))
    async with scripted(avito_answers) as avito, opened(redis, avito.url, per_minute=A_SHOPS_BUDGET) as made:
        shop = Shop(AccountContext(redis, made.avito, SELLER, 200), avito)
        try:
            yield shop
        finally:
            await shop.stop()
            await redis.aclose(close_connection_pool=True)


@pytest.fixture
async def shop(redis_server: RedisServer, real_redis: Redis) -> AsyncIterator[Shop]:
    """A worker with a known chat and many new ones, whose enrichment waits for the rate limit."""
    async with opened_shop(redis_server) as shop:
        await open_chat(shop.account.redis)
        await shop.new_chats(NEW_CHATS)
        shop.start()
        await until(lambda: len(shop.avito.calls) >= A_SHOPS_BUDGET / 5 * 0.7)
        yield shop


async def test_operators_requests_pass_a_thousand_chats_that_wait_to_be_enriched(shop: Shop) -> None:
    redis = shop.account.redis

    async def run(action: OperatorAction) -> None:
        name = f"{action.kind} {action.message_id}"
        await redis.execute_command(
            "HSET", keys.operator_actions(SELLER), name, operator_actions.write(action)
        )
        await jobs.enqueue(redis, jobs.RUN_OPERATOR_ACTION, name, 0, SELLER, name)

    older = threads.write_cursor(ThreadCursor(100, time.time(), "m1"))
    late = int((time.time() + 60) * 1000)
    asked: dict[str, tuple[Callable[[], Awaitable[object]], Callable[[Seen], bool]]] = {
        "reply": (
            lambda: queue(redis, make_wish(at=time.time())),
            is_reply,
        ),
        "voice": (
            lambda: jobs.enqueue(redis, jobs.FIND_VOICE, "ask-1", late, SELLER, "v1"),
            lambda seen: seen.path.endswith("/getVoiceFiles"),
        ),
        "older history": (
            lambda: jobs.enqueue(redis, jobs.READ_OLDER_MESSAGES, "ask-2", late, SELLER, CHAT, older, 50),
            lambda seen: "offset=90" in seen.url,
        ),
        "opened chat": (
            lambda: jobs.enqueue(redis, jobs.REFRESH_CHAT, SELLER, CHAT),
            lambda seen: seen.path.endswith("/messages/") and "offset=0" in seen.url,
        ),
        "deleted message": (
            lambda: run(OperatorAction("delete", CHAT, time.time(), "olga", message_id="m1")),
            lambda seen: seen.path.endswith("/messages/m1"),
        ),
        "read chat": (
            lambda: run(OperatorAction("read", CHAT, time.time(), "olga", message_id="b1")),
            lambda seen: seen.path.endswith("/read"),
        ),
    }

    before = {what: await shop.calls_before(*how) for what, how in asked.items()}

    assert all(calls <= jobs.ENRICHMENT.slots for calls in before.values()), before
    assert await redis.zcard(keys.to_enrich(SELLER)) > NEW_CHATS / 2


async def test_looking_for_lost_jobs_does_not_lengthen_a_backlog(shop: Shop) -> None:
    redis = shop.account.redis
    await redis.zadd(keys.to_enrich(SELLER), {"c999": time.time() - 60})
    waiting = await jobs.waiting(redis, jobs.ENRICHMENT)

    for _ in range(5):
        await enrich.requeue_due(shop.account)

    assert await jobs.waiting(redis, jobs.ENRICHMENT) <= waiting


async def test_chats_whose_jobs_were_lost_are_enriched(redis_server: RedisServer, real_redis: Redis) -> None:
    async with opened_shop(redis_server) as shop:
        redis = shop.account.redis
        await redis.zadd(keys.to_enrich(SELLER), dict.fromkeys(("c1", "c2"), time.time() - 60))

        await enrich.requeue_due(shop.account)
        shop.start()

        await until(lambda: {seen.path.rpartition("/")[2] for seen in shop.avito.calls} == {"c1", "c2"})


async def test_jobs_that_an_older_version_queued_are_done_in_their_own_class(
    redis_server: RedisServer, real_redis: Redis
) -> None:
    async with opened_shop(redis_server) as shop:
        redis = shop.account.redis
        await open_chat(redis)
        await queue(redis, make_wish(at=time.time()))
        await redis.unlink(keys.REPLIES_QUEUE)
        await redis.enqueue_job(jobs.DELIVER, SELLER, CHAT, _queue_name=keys.REQUESTS_QUEUE)

        shop.start()

        await until(lambda: any(map(is_reply, shop.avito.calls)))


async def test_a_job_result_arrives_amid_a_thousand_new_chats(shop: Shop) -> None:
    found = await job_results.run_and_wait(shop.account.redis, jobs.FIND_VOICE, SELLER, "v1")

    assert found == {"url": "https://files.example/v1"}


async def test_clocks_that_differ_do_not_delay_a_job_result(
    redis_server: RedisServer, real_redis: Redis
) -> None:
    async with opened_shop(redis_server) as shop:
        shop.account = replace(shop.account, clock=lambda: time.time() + 3_600)
        shop.start()

        assert await job_results.run_and_wait(shop.account.redis, jobs.FIND_VOICE, SELLER, "v1")


async def test_a_job_that_is_not_waited_for_any_more_is_not_run(
    redis_server: RedisServer, real_redis: Redis
) -> None:
    async with opened_shop(redis_server) as shop:
        redis = shop.account.redis
        assert await job_results.run_and_wait(redis, jobs.FIND_VOICE, SELLER, "v1", patience_s=0.1) is None
        await until(lambda: has_expired(redis))

        shop.start()
        await job_results.run_and_wait(
            redis,
            jobs.READ_OLDER_MESSAGES,
            SELLER,
            CHAT,
            threads.write_cursor(ThreadCursor(100, 1.0, "m1")),
            50,
        )

        assert not any(seen.path.endswith("/getVoiceFiles") for seen in shop.avito.calls)


async def has_expired(redis: Redis) -> bool:
    return not await redis.keys("arq:job:*")
