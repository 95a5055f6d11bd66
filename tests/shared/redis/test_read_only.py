"""A Redis that refuses writes since its start is read, and numbers no event before its epoch is opened."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import hiredis
import pytest
from redis.asyncio import ConnectionPool, Redis
from redis.exceptions import RedisError, ResponseError

from shared.redis import connection, keys, lua, read_only
from shared.redis.master_pool import OneMasterPool
from shared.redis.packing import pack_with_hiredis
from shared.redis.read_only import allow_reads, is_read_only
from testbed import RedisServer, running_redis, until
from tests.push_gateway.panel import write
from tests.shared.redis.test_connection import Guards

pytestmark = pytest.mark.anyio
KEPT = ("--appendonly", "yes", "--appendfsync", "always")
LACKING = ("--min-replicas-to-write", "1")


def plain_pool(server: RedisServer) -> ConnectionPool:
    return connection.make_pool(server.url)


def guarded_pool(server: RedisServer) -> ConnectionPool:
    guards: Any = Guards(server)
    return pack_with_hiredis(OneMasterPool("main", guards, **connection.connection_options()))


Make = Callable[[RedisServer], ConnectionPool]


@pytest.fixture(params=[plain_pool, guarded_pool], ids=["plain", "sentinel"])
def make_pool(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


@asynccontextmanager
async def restarted(folder: Path, *options: str) -> AsyncIterator[tuple[RedisServer, list[bytes]]]:
    """Give a Redis that was filled and started anew, and the epoch and seq that it had."""
    with running_redis(folder, *KEPT) as server:
        async with connection.connect(server.url) as before:
            await write(before, "m1", "m2")
            place = await place_of(before)
        server.kill()
        server.options = (*KEPT, *options)
        server.start()
        yield server, place


async def place_of(redis: Redis) -> list[bytes]:
    return list(await redis.execute_command("HMGET", keys.STATE, "epoch", "seq"))


@asynccontextmanager
async def reading(pool: ConnectionPool) -> AsyncIterator[Redis]:
    """Give a client that has met the refusal, and waited until it is no brief one."""
    async with Redis.from_pool(allow_reads(pool)) as client:
        await until(lambda: _answers(client))
        yield client


async def _answers(client: Redis) -> bool:
    """Tell whether it reads; PING is refused by a Redis that cannot write its file."""
    try:
        return bool(await client.execute_command("EXISTS", keys.STATE))
    except RedisError:
        return False


async def test_stored_data_is_read_under_the_old_epoch(
    tmp_path: Path, make_pool: Make, anyio_backend: str
) -> None:
    async with restarted(tmp_path, *LACKING) as (server, place), reading(make_pool(server)) as client:
        assert await place_of(client) == place
        with pytest.raises(ResponseError, match="NOREPLICAS"):
            await client.execute_command("HSET", keys.FACTS, "mode", "x")
        with pytest.raises(ResponseError, match="NOREPLICAS"):
            await write(client, "m3")
        assert await place_of(client) == place


async def test_the_first_accepted_write_has_opened_the_epoch(
    tmp_path: Path, make_pool: Make, anyio_backend: str
) -> None:
    async with restarted(tmp_path, *LACKING) as (server, place), reading(make_pool(server)) as client:
        async with Redis.from_url(server.url) as plain:
            await plain.config_set("min-replicas-to-write", 0)
        assert await place_of(client) == place  # no number can be given before the epoch is named

        seq = await write(client, "m3")

        assert seq == int(place[1]) + 1
        assert (await place_of(client))[0] != place[0]


async def test_a_pipeline_that_writes_opens_the_epoch_first(tmp_path: Path, anyio_backend: str) -> None:
    async with restarted(tmp_path, *LACKING) as (server, place), reading(plain_pool(server)) as client:
        async with Redis.from_url(server.url) as plain:
            await plain.config_set("min-replicas-to-write", 0)

        async with client.pipeline(transaction=True) as pipe:
            pipe.execute_command("HGET", keys.STATE, "epoch")
            pipe.execute_command("HINCRBY", keys.STATE, "seq", 1)
            epoch, _ = await pipe.execute()

        assert epoch != place[0]


async def test_a_new_connection_opens_the_epoch_if_it_can(tmp_path: Path, anyio_backend: str) -> None:
    async with (
        restarted(tmp_path) as (server, place),
        Redis.from_pool(allow_reads(plain_pool(server))) as client,
    ):
        assert (await place_of(client))[0] != place[0]


async def test_a_short_refusal_is_waited_out(
    tmp_path: Path, anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_only, "GRACE_S", 3600.0)
    async with (
        restarted(tmp_path, *LACKING) as (server, place),
        Redis.from_pool(allow_reads(plain_pool(server))) as client,
        Redis.from_url(server.url) as plain,
    ):
        with pytest.raises(RedisError):
            await place_of(client)
        await plain.config_set("min-replicas-to-write", 0)

        assert (await place_of(client))[0] != place[0]


async def test_a_redis_that_cannot_write_its_file_is_read(tmp_path: Path, anyio_backend: str) -> None:
    async with restarted(tmp_path, "--save", "3600", "1000") as (server, place):
        async with Redis.from_url(server.url) as plain:
            (server.folder / "dump.rdb").mkdir()
            await plain.bgsave()
            await until(lambda: _failed(plain))
        async with reading(plain_pool(server)) as client:
            assert await place_of(client) == place
            with pytest.raises(ResponseError, match="MISCONF"):
                await write(client, "m3")


async def _failed(plain: Redis) -> bool:
    return bool((await plain.info("persistence"))["rdb_last_bgsave_status"] == "err")


async def test_a_replica_that_sentinels_name_as_master_is_not_read(
    tmp_path: Path, anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_only, "GRACE_S", 0.0)
    async with restarted(tmp_path, "--replicaof", "127.0.0.1", "1") as (server, place):
        async with reading(plain_pool(server)) as client:
            assert await place_of(client) == place
        async with Redis.from_pool(allow_reads(guarded_pool(server))) as client:
            with pytest.raises(RedisError, match="master"):
                await place_of(client)


async def test_a_redis_without_any_epoch_is_not_read_while_it_refuses_writes(
    tmp_path: Path, anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_only, "GRACE_S", 0.0)
    with running_redis(tmp_path, *LACKING) as server:
        async with Redis.from_pool(allow_reads(plain_pool(server))) as client:
            with pytest.raises(RedisError, match="NOREPLICAS"):
                await place_of(client)


JOURNAL, COMMIT = lua.load("read_journal"), lua.load("commit")


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ([("HGET", "k", "f")], True),
        ([("hget", "k", "f")], True),
        ([("HGET", "k", "f"), ("ZRANGE", "k", 0, -1)], True),
        ([("MULTI",), ("GET", "k"), ("EXEC",)], True),
        ([("EVALSHA", JOURNAL.sha, 2, "a", "b", "e", 1, 5, 9)], True),
        ([("EVAL", JOURNAL.text, 2, "a", "b", "e", 1, 5, 9)], True),
        ([("PUBLISH", "channel", "probe")], True),
        ([("HSET", "k", "f", "v")], False),
        ([("HGET", "k", "f"), ("HSET", "k", "f", "v")], False),
        ([("MULTI",), ("GET", "k"), ("DEL", "k"), ("EXEC",)], False),
        ([("EVALSHA", COMMIT.sha, 0)], False),
        ([("EVAL", COMMIT.text, 0)], False),
        ([("UNKNOWN",)], False),
    ],
)
def test_only_commands_that_give_no_number_are_reads(commands: list[tuple[Any, ...]], expected: bool) -> None:
    assert is_read_only([hiredis.pack_command(command) for command in commands]) is expected
