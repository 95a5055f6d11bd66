"""A failover and a frozen Redis as the pool of connections sees them."""

import asyncio
import signal
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from shared.redis import connection
from shared.redis.master_pool import OneMasterPool
from shared.redis.url_setting import read_url
from shared.settings import Environment
from testbed import RedisServer, running_redis, running_sentinel, until

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("real_redis")]


class Guards:
    """Sentinels that say what they are told to."""

    def __init__(self, master: RedisServer) -> None:
        self.master = master
        self.sentinels: list[Redis] = []

    async def discover_master(self, name: str) -> tuple[str, int]:
        return "127.0.0.1", self.master.port


async def test_a_connection_in_use_during_a_failover_leaves_the_old_master(
    redis_server: RedisServer, tmp_path: Path, anyio_backend: str
) -> None:
    with running_redis(tmp_path) as promoted:
        guards = Guards(redis_server)
        pool = OneMasterPool("main", guards)  # type: ignore[arg-type]  # they say what the test wants
        waiting = await pool.get_connection()
        guards.master = promoted
        other = await pool.get_connection()

        await pool.release(waiting)
        used_next = await pool.get_connection()

        assert (other.port, used_next.port) == (promoted.port, promoted.port)
        await pool.disconnect()


async def test_a_connection_sends_nothing_that_redis_does_not_know(
    tmp_path: Path, anyio_backend: str
) -> None:
    with running_redis(tmp_path) as server:
        async with connection.connect(server.url) as watcher, connection.connect(server.url) as client:
            await watcher.config_resetstat()
            await client.ping()
            refused = await watcher.info("errorstats")

    assert "errorstat_ERR" not in refused


async def test_closing_a_client_closes_its_connections_to_the_sentinels(
    redis_server: RedisServer, anyio_backend: str
) -> None:
    guards = Guards(redis_server)
    guards.sentinels = [Redis(port=redis_server.port)]
    pool = OneMasterPool("main", guards)  # type: ignore[arg-type]  # they say what the test wants
    await guards.sentinels[0].ping()

    async with Redis.from_pool(pool) as client:
        await client.ping()

    (asked,) = guards.sentinels[0].connection_pool._available_connections
    assert not asked.is_connected


async def test_sentinels_with_a_password_are_asked_with_it(tmp_path: Path, anyio_backend: str) -> None:
    with (
        running_redis(tmp_path / "master", "--requirepass", "of-redis") as master,
        running_sentinel(
            tmp_path,
            "requirepass of-sentinel",
            f"sentinel monitor main 127.0.0.1 {master.port} 1",
            "sentinel auth-pass main of-redis",
            bind="::1",
        ) as port,
    ):
        given = f"redis+sentinel://:of-redis@[::1]:{port}/main/0"
        url = read_url(Environment({"REDIS_URL": given, "REDIS_SENTINEL_PASSWORD": "of-sentinel"}))
        async with connection.connect(url) as client:
            await until(lambda: answers(client))


async def test_redis_is_reached_by_a_socket_in_the_file_system(tmp_path: Path, anyio_backend: str) -> None:
    with running_redis(tmp_path, "--unixsocket", "redis.sock"):
        async with connection.connect(f"unix://{tmp_path}/redis.sock") as client:
            assert await answers(client)


async def answers(client: Redis) -> bool:
    try:
        return bool(await client.execute_command("PING"))
    except RedisConnectionError:
        return False


@pytest.mark.parametrize("before", [0, 1], ids=["a new connection", "one that was good"])
async def test_a_command_to_a_frozen_redis_times_out(tmp_path: Path, before: int, anyio_backend: str) -> None:
    with running_redis(tmp_path) as server:
        async with connection.connect(server.url, timeout=0.5) as client:
            for _ in range(before):
                await client.ping()
            assert server.process
            server.process.send_signal(signal.SIGSTOP)

            async with asyncio.timeout(20):
                with pytest.raises(RedisTimeoutError):
                    await client.get("a")
