"""What happens to connections when the Sentinels name another master, on real servers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis
from typing_extensions import override

from shared.redis import master_pool
from shared.redis.connection import connection_options
from shared.redis.master_pool import OneMasterPool, is_failing_over
from shared.redis.pipelined import open_pipelined
from shared.redis.sentinels import Sentinels, SentinelView, newest_view
from testbed import RedisServer, running_redis, until

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("real_redis")]

HERE, THERE = ("127.0.0.1", 1), ("127.0.0.1", 2)


class Told(Sentinels):
    """One Sentinel that says what the test wants."""

    def __init__(self, master: RedisServer) -> None:
        super().__init__([("127.0.0.1", 1)], "main")
        self.say(master)

    def say(self, master: RedisServer, *, failing: bool = False) -> None:
        self.told = SentinelView(("127.0.0.1", master.port), 0, failing, down=False)

    @override
    async def ask(self, sentinel: Redis) -> None:
        self.views[sentinel] = self.told


@asynccontextmanager
async def sentineled(master: RedisServer) -> AsyncIterator[tuple[Told, OneMasterPool]]:
    told = Told(master)
    pool = OneMasterPool("main", told, **connection_options(names_epoch=False))
    try:
        yield told, pool
    finally:
        await pool.disconnect()


async def test_a_command_waiting_at_a_replaced_master_is_retried_at_the_new_one(
    redis_server: RedisServer, tmp_path: Path, anyio_backend: str
) -> None:
    with running_redis(tmp_path) as promoted:
        async with sentineled(redis_server) as (told, pool), Redis(port=promoted.port) as there:
            client = Redis(connection_pool=pool)
            await client.delete("list")
            waiting = asyncio.create_task(client.execute_command("BLPOP", "list", 30))
            async with asyncio.timeout(10):
                await until(lambda: anything_blocked(redis_server))
                told.say(promoted)
                await pool.refresh()
                await there.execute_command("RPUSH", "list", "value")

                assert await waiting == (b"list", b"value")


async def anything_blocked(server: RedisServer) -> bool:
    async with Redis(port=server.port) as client:
        return bool((await client.info("clients"))["blocked_clients"])


async def test_a_pipelined_connection_to_a_replaced_master_is_aborted(
    redis_server: RedisServer, tmp_path: Path, anyio_backend: str
) -> None:
    with running_redis(tmp_path) as promoted:
        async with sentineled(redis_server) as (told, pool):
            connection, _ = await open_pipelined(pool, 5.0)
            term = pool.term
            told.say(promoted)
            await pool.refresh()

            assert (connection.open, connection.reason) == (False, "another Redis has become the master")
            assert pool.term == term + 1


async def test_idle_connections_to_the_old_master_are_not_reused(
    redis_server: RedisServer, tmp_path: Path, anyio_backend: str
) -> None:
    with running_redis(tmp_path) as promoted:
        async with sentineled(redis_server) as (told, pool):
            client = Redis(connection_pool=pool)
            await client.ping()
            told.say(promoted)
            await pool.refresh()
            found = await client.config_get("port")

    assert found == {"port": str(promoted.port)}


async def test_a_failover_is_noticed_before_the_master_changes(
    redis_server: RedisServer, anyio_backend: str
) -> None:
    async with sentineled(redis_server) as (told, pool):
        calm = is_failing_over(pool)
        told.say(redis_server, failing=True)
        await pool.refresh()

        assert (calm, is_failing_over(pool)) == (False, True)


async def test_sentinels_are_followed_on_after_one_answered_nonsense(
    redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anyio_backend: str
) -> None:
    asked = 0

    async def answer_nonsense(sentinel: Redis) -> None:
        nonlocal asked
        asked += 1
        raise TypeError("no address")

    monkeypatch.setattr(master_pool, "ASK_EVERY_S", 0.01)
    with running_redis(tmp_path) as promoted:
        async with sentineled(redis_server) as (told, pool):
            told.sentinels[0] = Redis(port=redis_server.port)
            await Redis(connection_pool=pool).ping()
            term = pool.term
            with monkeypatch.context() as nonsense:
                nonsense.setattr(told, "ask", answer_nonsense)
                await until(lambda: asked)
            told.say(promoted)

            await until(lambda: pool.term > term)


async def test_a_pool_whose_closing_is_cancelled_leaves_nothing_open(
    redis_server: RedisServer, anyio_backend: str
) -> None:
    async def end_late() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.1)

    async with sentineled(redis_server) as (told, pool):
        sentinel = told.sentinels[0] = Redis(port=redis_server.port)
        for client in (sentinel, Redis(connection_pool=pool)):
            await client.ping()
        pool._following = asyncio.create_task(end_late())
        closing = asyncio.create_task(pool.disconnect())
        await asyncio.sleep(0.05)
        closing.cancel()
        await asyncio.gather(closing, return_exceptions=True)

        left = [*pool._available_connections, *sentinel.connection_pool._available_connections]
        assert [connection for connection in left if connection.is_connected] == []


@pytest.mark.parametrize(
    ("views", "expected"),
    [
        ([], None),
        (
            [SentinelView(HERE, 3, failing=False, down=False)] * 3,
            SentinelView(HERE, 3, failing=False, down=False),
        ),
        (
            [
                SentinelView(HERE, 3, failing=False, down=False),
                SentinelView(THERE, 4, failing=False, down=False),
            ],
            SentinelView(THERE, 4, failing=False, down=False),
        ),
        (
            [
                SentinelView(HERE, 3, failing=False, down=False),
                SentinelView(HERE, 3, failing=True, down=False),
            ],
            SentinelView(HERE, 3, failing=True, down=False),
        ),
        (
            [
                SentinelView(HERE, 3, failing=True, down=False),
                SentinelView(THERE, 4, failing=False, down=False),
            ],
            SentinelView(THERE, 4, failing=False, down=False),
        ),
        (
            [
                SentinelView(HERE, 3, failing=False, down=True),
                SentinelView(HERE, 3, failing=False, down=False),
            ],
            SentinelView(HERE, 3, failing=False, down=False),
        ),
    ],
)
def test_the_newest_configuration_is_believed(
    views: list[SentinelView], expected: SentinelView | None
) -> None:
    assert newest_view(views) == expected
