"""Another Redis behind the same address, on real servers."""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from unittest.mock import Mock

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from shared.redis import connection, keys
from shared.redis.epoch_watch import EpochWatch
from shared.redis.journal import JournalPosition
from shared.redis.lua.scripts import OpenEpochReply
from shared.redis.pipelined import PipelinedConnection, open_pipelined
from shared.redis.server_watch import ServerWatch
from shared.redis.tracked_pool import TrackedPool
from testbed import RedisServer, running_redis
from tests.push_gateway.panel import write
from tests.support.tls_redis import tls_redis

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("real_redis")]


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[tuple[TrackedPool, Redis, PipelinedConnection]]:
    """Yield a pool, a client over it, and a connection that was handed over."""
    pool = connection.make_pool(url)
    async with Redis.from_pool(pool) as client:
        pipelined, _ = await open_pipelined(pool, 5.0)
        await client.ping()
        yield pool, client, pipelined
        pipelined.abort("closed")


@contextmanager
def two_servers(folder: Path) -> Iterator[tuple[Path, RedisServer]]:
    """Yield a socket's address, which leads to one server, and another server."""
    with (
        running_redis(folder / "old", "--unixsocket", "here.sock") as old,
        running_redis(folder / "new", "--unixsocket", "here.sock") as new,
    ):
        address = folder / "redis.sock"
        lead(address, old)
        yield address, new


def lead(address: Path, server: RedisServer) -> None:
    """Lead the address of a socket to a server, as one step."""
    moved = address.with_name("moved")
    moved.symlink_to(server.folder / "here.sock")
    moved.replace(address)


async def test_connections_to_a_server_whose_socket_another_took_are_let_go(
    tmp_path: Path, anyio_backend: str
) -> None:
    with two_servers(tmp_path) as (address, new):
        async with opened(f"unix://{address}") as (pool, client, pipelined):
            watch = ServerWatch(pool)
            await watch.look()
            assert pipelined.open
            lead(address, new)

            await watch.look()

            assert (pipelined.open, pipelined.reason) == (False, "another Redis has become the master")
            assert await client.config_get("port") == {"port": str(new.port)}


async def test_no_command_follows_to_the_old_server_once_one_went_to_the_new(
    tmp_path: Path, anyio_backend: str
) -> None:
    with two_servers(tmp_path) as (address, new):
        async with opened(f"unix://{address}") as (pool, client, pipelined):
            in_use = await pool.get_connection()
            lead(address, new)
            assert await client.config_get("port") == {"port": str(new.port)}
            await pool.release(in_use)

            assert [await client.config_get("port") for _ in range(3)] == [{"port": str(new.port)}] * 3
            assert (pipelined.open, pipelined.reason) == (False, "another Redis has become the master")


async def test_connections_to_the_server_that_answers_stay(
    redis_server: RedisServer, anyio_backend: str
) -> None:
    async with opened(redis_server.url) as (pool, client, pipelined):
        before = await client.client_id()
        await ServerWatch(pool).look()

        assert pipelined.open
        assert await client.client_id() == before


async def test_looks_by_tls_read_the_certificates_again_only_after_one_that_failed(
    tmp_path: Path, anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tls_redis(tmp_path) as url:
        pool = connection.make_pool(url)
        watch = ServerWatch(pool)
        await watch.look()
        make = Mock(wraps=ssl.create_default_context)
        monkeypatch.setattr(ssl, "create_default_context", make)
        await watch.look()
        make.assert_not_called()

    with pytest.raises(RedisConnectionError):
        await watch.look()
    with pytest.raises(RedisConnectionError):
        await watch.look()
    make.assert_called()


@pytest.fixture
async def numbered(real_redis: Redis) -> JournalPosition:
    """Where the journal stands after three events."""
    seq = await write(real_redis, "a", "b", "c")
    return JournalPosition((await real_redis.hget(keys.STATE, "epoch") or b"").decode(), seq)


async def epoch_of(redis: Redis) -> str:
    return (await redis.hget(keys.STATE, "epoch") or b"").decode()


async def test_a_journal_that_was_set_back_gets_a_new_epoch(
    redis_server: RedisServer, real_redis: Redis, numbered: JournalPosition
) -> None:
    async with opened(redis_server.url) as (pool, *_):
        watch = EpochWatch(pool, newest=lambda: OpenEpochReply(numbered.epoch, numbered.seq, ""))
        await watch.look()
        assert await epoch_of(real_redis) == numbered.epoch
        await real_redis.execute_command("HINCRBY", keys.STATE, "seq", -1)

        await watch.look()

        assert await epoch_of(real_redis) not in ("", numbered.epoch)


async def test_another_event_under_the_number_that_was_seen_gets_a_new_epoch(
    redis_server: RedisServer, real_redis: Redis, numbered: JournalPosition
) -> None:
    async with opened(redis_server.url) as (pool, *_):
        watch = EpochWatch(pool)
        await watch.look()
        await real_redis.xtrim(keys.JOURNAL, maxlen=0)
        await watch.look()
        assert await epoch_of(real_redis) == numbered.epoch, "trimmed events are none that were set back"
        await write(real_redis, "d")
        await watch.look()
        await real_redis.execute_command("DEL", keys.JOURNAL)
        await real_redis.execute_command("HINCRBY", keys.STATE, "seq", -1)
        await write(real_redis, "e", "f")

        await watch.look()

        assert await epoch_of(real_redis) not in ("", numbered.epoch)
