"""A write counts as safe only once the replicas have it."""

from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from shared.redis import connection
from shared.redis.replication import is_replicated, replicas_to_wait_for, term_of
from testbed import running_redis
from tests.support.replica import replica_of

pytestmark = pytest.mark.anyio


async def kept(client: Redis) -> bool:
    term = term_of(client)
    await client.set("promise", "1")
    return await is_replicated(client, term)


async def test_a_write_to_a_redis_without_replicas_is_safe(real_redis: Redis) -> None:
    assert await kept(real_redis)


async def test_a_write_is_safe_only_if_each_replica_has_it(tmp_path: Path, anyio_backend: str) -> None:
    with running_redis(tmp_path / "master") as master, replica_of(master, tmp_path) as replica:
        async with connection.connect(master.url) as client:
            safe = await kept(client)
            async with Redis(port=replica.server.port) as reader:
                there = await reader.get("promise")
            replica.stand_still()
            unsafe = await kept(client)

    assert (safe, there, unsafe) == (True, b"1", False)


async def test_an_old_redis_user_without_our_channel_blocks_nothing(
    tmp_path: Path, anyio_backend: str
) -> None:
    needed = ("on", "nopass", "resetchannels", "~promise", "~avito:state", "~avito:journal", "+@all")
    with running_redis(tmp_path / "master") as master, replica_of(master, tmp_path):
        async with Redis(port=master.port) as admin:
            await admin.execute_command("ACL", "SETUSER", "no-channel", *needed)
        async with connection.connect(f"redis://no-channel:any@127.0.0.1:{master.port}") as client:
            assert await kept(client)


async def test_a_write_to_a_full_redis_is_safe_once_its_replica_has_it(
    tmp_path: Path, anyio_backend: str
) -> None:
    with running_redis(tmp_path / "master") as master, replica_of(master, tmp_path) as replica:
        async with connection.connect(master.url) as client:
            await client.set("access", "1")
            await client.config_set("maxmemory", 1)
            term = term_of(client)
            await client.delete("access")
            safe = await is_replicated(client, term)
            replica.stand_still()
            unsafe = await is_replicated(client, term)

    assert (safe, unsafe) == (True, False)


@pytest.mark.parametrize(
    ("replicas", "awaited"),
    [
        ([], 0),
        ([("online", 0, 7)], 1),
        ([("online", 1, 7), ("online", 0, 7)], 2),
        ([("online", 1, 7), ("online", 9, 7)], 1),
        ([("online", 9, 7), ("online", 9, 7)], 1),
        ([("wait_bgsave", 0, 0)], 0),
        ([("online", 0, 0)], 0),
        ([("online", 1, 7), ("online", 1, 0)], 1),
    ],
)
def test_all_replicas_that_keep_up_are_waited_for(replicas: list[tuple[str, int, int]], awaited: int) -> None:
    told: dict[str, Any] = {"connected_slaves": len(replicas)}
    for number, (state, lag, offset) in enumerate(replicas):
        told[f"slave{number}"] = {"state": state, "lag": lag, "offset": offset}

    assert replicas_to_wait_for(told) == awaited
