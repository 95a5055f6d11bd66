"""The journal keeps its newest events, bounded in bytes too, without a hole among them."""

import pytest
from redis.asyncio import Redis

from shared.redis import keys
from shared.redis.journal import JournalPosition
from shared.redis.journal_reader import head, read_after
from tests.push_gateway.panel import write

pytestmark = pytest.mark.anyio
MOST = 64 * 1024 * 1024


async def write_many(redis: Redis, name: str) -> None:
    await write(redis, *(f"{name} {number}" for number in range(30)))


async def journal_bytes(redis: Redis, amount: int) -> None:
    """Count so many bytes, as if events of that length had come."""
    await redis.execute_command("HINCRBY", keys.STATE, "journaled", amount)


async def oldest(redis: Redis) -> int:
    rows = await redis.xrange(keys.JOURNAL, count=1)
    return int(rows[0][0].partition(b"-")[0])


async def test_long_events_drop_the_oldest_and_leave_no_hole(real_redis: Redis) -> None:
    await write_many(real_redis, "first")
    first = (await head(real_redis)).seq
    await journal_bytes(real_redis, MOST // 2)
    await write_many(real_redis, "second")
    assert await oldest(real_redis) == 1

    await journal_bytes(real_redis, MOST // 2)
    await write_many(real_redis, "third")

    now, kept = await head(real_redis), await oldest(real_redis)
    assert 1 < kept <= first + 1
    assert await real_redis.xlen(keys.JOURNAL) == now.seq - kept + 1
    assert (await read_after(real_redis, JournalPosition(now.epoch, kept - 2))).gap
    assert (await read_after(real_redis, JournalPosition(now.epoch, kept - 1))).events


async def test_events_are_counted_by_their_length(store: Redis) -> None:
    await write_many(store, "any")

    rows = await store.xrange(keys.JOURNAL)
    counted = await store.execute_command("HGET", keys.STATE, "journaled")
    assert int(counted) == sum(len(fields[b"e"]) for _, fields in rows)
    assert [int(fields[b"b"]) for _, fields in rows] == [
        sum(len(before[b"e"]) for _, before in rows[:number]) for number in range(len(rows))
    ]


async def test_events_of_an_earlier_version_go_first(real_redis: Redis) -> None:
    for seq in range(1, 101):
        await real_redis.xadd(keys.JOURNAL, {"e": b"{}"}, id=f"{seq}-0")
    await real_redis.execute_command("HSET", keys.STATE, "seq", 100)
    await write_many(real_redis, "first")
    assert await oldest(real_redis) == 1

    await journal_bytes(real_redis, MOST)
    await write_many(real_redis, "second")

    assert await oldest(real_redis) > 90  # Redis drops whole nodes
