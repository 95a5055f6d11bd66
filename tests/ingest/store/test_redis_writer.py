"""The writer against real servers: all kinds of URLs and all kinds of trouble."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import redis

from ingest.store.redis_writer import RedisWriter
from shared.process.supervise import running, supervise
from shared.redis import keys
from shared.redis.pipelined import NotConfirmedError
from testbed import RedisServer, eventually, free_port, running_redis, running_sentinel, until
from tests.support.tls_redis import tls_redis

pytestmark = pytest.mark.anyio
LOG = logging.getLogger("ingest")


@asynccontextmanager
async def writing(url: str, timeout: float = 1.0) -> AsyncIterator[RedisWriter]:
    writer = RedisWriter(url, timeout)
    async with running(supervise(LOG, "writer", writer.run)):
        yield writer
    await writer.close()


@asynccontextmanager
async def healthy_writer(url: str, timeout: float = 1.0) -> AsyncIterator[RedisWriter]:
    async with writing(url, timeout) as writer:
        await until(lambda: writer.healthy)
        yield writer


async def fails(writer: RedisWriter) -> bool:
    try:
        await writer.send(b"SET", b"key", b"value")
    except NotConfirmedError:
        return True
    return False


async def test_a_confirmed_write_is_in_redis(redis_server: RedisServer) -> None:
    async with healthy_writer(redis_server.url) as writer:
        await writer.send(b"SET", b"writer:key", b"value")

    with redis.Redis.from_url(redis_server.url) as client:
        assert client.get("writer:key") == b"value"


async def test_password_user_and_database_of_the_url_are_used(tmp_path: Path) -> None:
    with running_redis(tmp_path, "--user", *["ingest", "on", ">s3:cr/et", "~*", "&*", "+@all"]) as server:
        url = f"redis://ingest:s3%3Acr%2Fet@127.0.0.1:{server.port}/3"
        async with healthy_writer(url) as writer:
            await writer.send(b"SET", b"key", b"value")

        with redis.Redis(port=server.port, db=3) as client:
            assert client.get("key") == b"value"


async def test_a_writer_with_a_wrong_password_is_never_healthy(tmp_path: Path) -> None:
    with running_redis(tmp_path, "--user", *["ingest", "on", ">right", "~*", "&*", "+@all"]) as server:
        async with writing(f"redis://ingest:wrong@127.0.0.1:{server.port}/0") as writer:
            await writer.tried.wait()

            assert not writer.healthy


async def test_a_unix_socket_url_works(tmp_path: Path) -> None:
    socket = tmp_path / "redis.sock"
    with running_redis(tmp_path / "data", "--unixsocket", str(socket)):
        async with healthy_writer(f"unix://{socket}?db=2") as writer:
            assert await writer.send(b"PING") == b"PONG"


async def test_redis_behind_tls_works(tmp_path: Path) -> None:
    with tls_redis(tmp_path) as url:
        async with healthy_writer(url) as writer:
            assert await writer.send(b"PING") == b"PONG"


async def test_a_frozen_redis_is_unhealthy_after_the_timeout_and_recovers(
    tmp_path: Path,
) -> None:
    with running_redis(tmp_path) as server:
        async with healthy_writer(server.url, timeout=0.12) as writer:
            assert server.process
            server.process.send_signal(signal.SIGSTOP)
            first = await fails(writer)
            second = await fails(writer)
            was_healthy = writer.healthy
            server.process.send_signal(signal.SIGCONT)

            assert (first, second, was_healthy) == (True, True, False)
            await until(lambda: writer.healthy)


async def test_a_killed_redis_is_healthy_again_when_it_is_back(tmp_path: Path) -> None:
    with running_redis(tmp_path) as server:
        async with healthy_writer(server.url) as writer:
            server.kill()
            await until(lambda: not writer.healthy)
            server.start()
            await until(lambda: writer.healthy)

            assert await writer.send(b"PING") == b"PONG"


async def test_a_full_redis_is_unhealthy_until_it_has_memory(tmp_path: Path) -> None:
    with running_redis(tmp_path) as server, redis.Redis(port=server.port) as client:
        async with healthy_writer(server.url) as writer:
            client.config_set("maxmemory", "1")
            refused = await fails(writer)
            await asyncio.sleep(0)
            was_healthy = writer.healthy
            client.config_set("maxmemory", "0")

            assert (refused, was_healthy) == (True, False)
            await until(lambda: writer.healthy)


async def test_a_replica_is_never_healthy(tmp_path: Path) -> None:
    with running_redis(tmp_path / "a") as master, running_redis(tmp_path / "b") as replica:
        async with healthy_writer(replica.url) as writer:
            with redis.Redis(port=replica.port) as client:
                client.replicaof("127.0.0.1", str(master.port))
                refused = await fails(writer)
                was_healthy = writer.healthy
                client.replicaof("NO", "ONE")

            assert (refused, was_healthy) == (True, False)
            await until(lambda: writer.healthy)


@contextmanager
def sentinel_of(master: RedisServer, folder: Path) -> Iterator[int]:
    """Yield the port of a Sentinel that knows the replica of the master."""
    settings = (
        f"sentinel monitor shop 127.0.0.1 {master.port} 1",
        "sentinel down-after-milliseconds shop 500",
        "sentinel failover-timeout shop 5000",
    )
    with running_sentinel(folder, *settings) as port, redis.Redis(port=port) as client:
        eventually(lambda: _replicas(client) == 1, 40)
        yield port


def _replicas(client: redis.Redis) -> int:
    try:
        return len(client.execute_command("SENTINEL", "REPLICAS", "shop"))
    except redis.ConnectionError:
        return 0


async def test_after_a_failover_the_writer_writes_to_the_new_master(tmp_path: Path) -> None:
    with running_redis(tmp_path / "a") as master, running_redis(tmp_path / "b") as replica:
        with redis.Redis(port=replica.port) as client:
            client.replicaof("127.0.0.1", str(master.port))
        with sentinel_of(master, tmp_path / "s") as port:
            silent = free_port()
            async with healthy_writer(
                f"redis+sentinel://127.0.0.1:{silent},127.0.0.1:{port}/shop/1"
            ) as writer:
                master.kill()
                await until(lambda: not writer.healthy)
                await until(lambda: writer.healthy, 60)
                await writer.send(b"SET", b"after", b"failover")

            with redis.Redis(port=replica.port, db=1) as client:
                assert client.get("after") == b"failover"


async def test_the_trial_write_leaves_nothing_behind(redis_server: RedisServer) -> None:
    async with healthy_writer(redis_server.url):
        pass

    with redis.Redis.from_url(redis_server.url) as client:
        eventually(lambda: not client.exists(keys.TRIAL_WRITE))
