"""Data in Redis is migrated step by step, by one process at a time, and never touched when it is newer."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.process.shutdown import cancel_and_wait
from shared.redis import connection, keys
from shared.redis.errors import NewerLayoutError
from shared.redis.layout import LAYOUT, Migration, migrate, refuse_newer, stored_layout
from shared.redis.lease import Lease
from testbed import RedisServer, running_redis, until

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server of this file alone, since newer data locks others out."""
    with running_redis(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
async def store(server: RedisServer, anyio_backend: str) -> AsyncIterator[Redis]:
    async with connection.connect(server.url, names_epoch=False) as client:
        await client.flushall()
        yield client


def noting(*names: str) -> tuple[Migration, ...]:
    """Migrations that write their names into a list, in the order in which they ran."""

    def step(name: str) -> Migration:
        async def migrate(redis: Redis) -> None:
            await redis.execute_command("RPUSH", "ran", name)
            await asyncio.sleep(0.01)

        return migrate

    return tuple(step(name) for name in names)


async def ran(redis: Redis) -> list[bytes]:
    return list(await redis.execute_command("LRANGE", "ran", 0, -1))


async def test_older_data_is_migrated_step_by_step(store: Redis) -> None:
    await store.execute_command("HSET", keys.STATE, "layout", 1)

    assert await migrate(store, "w1", noting("to 1", "to 2", "to 3")) == 2

    assert await ran(store) == [b"to 2", b"to 3"]
    assert await stored_layout(store) == 3
    assert await migrate(store, "w1", noting("to 1", "to 2", "to 3")) == 0


async def test_workers_that_start_together_migrate_once(store: Redis) -> None:
    steps = noting("to 1", "to 2")

    done = await asyncio.gather(*(migrate(store, f"w{number}", steps) for number in range(5)))

    assert sum(done) == 2
    assert await ran(store) == [b"to 1", b"to 2"]


async def test_a_failed_migration_is_repeated_at_the_next_start(store: Redis) -> None:
    broken = True

    async def stumble(redis: Redis) -> None:
        await redis.execute_command("RPUSH", "ran", "to 2")
        if broken:
            raise RedisError("cut off half way")

    steps = (*noting("to 1"), stumble)
    with pytest.raises(RedisError):
        await migrate(store, "w1", steps)
    broken = False

    assert await migrate(store, "w2", steps) == 1
    assert await stored_layout(store) == 2


async def test_the_migration_of_a_killed_process_is_taken_over_within_seconds(store: Redis) -> None:
    begun = asyncio.Event()

    async def hang(redis: Redis) -> None:
        begun.set()
        await asyncio.Event().wait()

    killed = asyncio.create_task(migrate(store, "w1", (hang,)))
    await begun.wait()
    left_ms = await store.pttl(keys.lease("layout"))
    await cancel_and_wait(killed)

    assert 0 < left_ms <= 10_000


async def test_a_long_step_keeps_its_lease(store: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.redis.layout.Lease", partial(Lease, ttl_s=1.0))
    done = asyncio.Event()

    async def long(redis: Redis) -> None:
        await redis.execute_command("RPUSH", "ran", "long")
        await done.wait()

    first = asyncio.create_task(migrate(store, "w1", (long,)))
    await until(lambda: ran(store))
    second = asyncio.create_task(migrate(store, "w2", (long,)))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(second), 1.5)
    done.set()

    assert (await first, await second) == (1, 0)
    assert await ran(store) == [b"long"]


async def test_a_process_that_was_suspended_does_not_lower_the_layout(store: Redis) -> None:
    steps = noting("to 1", "to 2", "to 3")

    async def stand_still(redis: Redis) -> None:
        await redis.set(keys.lease("layout"), "w2")
        assert await migrate(redis, "w2", steps) == 3

    await migrate(store, "w1", (stand_still, *steps[1:]))

    assert await stored_layout(store) == 3


async def test_newer_data_is_refused_and_the_error_says_how_to_fix_it(store: Redis) -> None:
    await store.execute_command("HSET", keys.STATE, "layout", LAYOUT + 1)

    with pytest.raises(NewerLayoutError, match="restore a backup"):
        await migrate(store, "w1")
    with pytest.raises(NewerLayoutError):
        await refuse_newer(store)
    assert await stored_layout(store) == LAYOUT + 1


async def test_an_empty_redis_gets_the_newest_layout_with_its_first_connection(
    store: Redis, server: RedisServer
) -> None:
    async with connection.connect(server.url) as first:
        await first.ping()

    assert await stored_layout(store) == LAYOUT


async def test_a_running_process_gets_no_new_connection_to_newer_data(
    store: Redis, server: RedisServer
) -> None:
    await store.execute_command("HSET", keys.STATE, "layout", LAYOUT + 1)

    async with connection.connect(server.url) as old:
        with pytest.raises(RedisError, match="LAYOUT"):
            await old.ping()
