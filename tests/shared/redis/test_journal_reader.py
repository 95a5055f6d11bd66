"""What follows a position in the journal comes without a hole and within bounds, or the slice says `gap`."""

import pytest
from redis.asyncio import Redis

from shared.redis import connection, keys
from shared.redis.journal import NOWHERE, JournalPosition, JournalSlice, read_position
from shared.redis.journal_reader import head, read_after
from testbed import RedisServer

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("real_redis")]


async def fill(redis: Redis, *events: bytes) -> str:
    """Journal events as commits do; return the epoch."""
    for event in events:
        seq = await redis.execute_command("HINCRBY", keys.STATE, "seq", 1)
        await redis.xadd(keys.JOURNAL, {"e": event}, id=f"{seq}-0")
    return (await head(redis)).epoch


def numbered(last: int) -> list[bytes]:
    return [b"event %d" % seq for seq in range(1, last + 1)]


async def test_the_events_after_a_position_come_in_order_up_to_the_head(store: Redis) -> None:
    epoch = await fill(store, *numbered(300))

    part = await read_after(store, JournalPosition(epoch, 100), 500)

    assert part == JournalSlice(epoch, 300, 100, tuple(numbered(300)[100:]))
    assert (part.reached, part.more) == (await head(store), False)


async def test_at_the_head_nothing_follows(store: Redis) -> None:
    epoch = await fill(store, *numbered(3))

    part = await read_after(store, JournalPosition(epoch, 3))

    assert part == JournalSlice(epoch, 3, 3)
    assert not part.more


async def test_many_events_are_read_in_parts_that_join(store: Redis) -> None:
    epoch = await fill(store, *numbered(150))
    position, read = JournalPosition(epoch, 0), list[bytes]()
    while (part := await read_after(store, position, 70)).events:
        assert len(part.events) <= 70
        read += part.events
        position = part.reached

    assert read == numbered(150)


async def test_a_part_is_bounded_in_bytes_and_a_larger_event_comes_alone(store: Redis) -> None:
    events = [b"a" * 400, b"b" * 500, b"c" * 5_000, b"d"]
    epoch = await fill(store, *events)

    parts = [await read_after(store, JournalPosition(epoch, seq), max_bytes=1_000) for seq in range(4)]

    assert [list(part.events) for part in parts] == [events[:2], events[1:2], events[2:3], events[3:]]
    assert [part.more for part in parts] == [True, True, True, False]


@pytest.mark.parametrize(
    ("kept", "epoch", "seq", "nearest"),
    [
        (3, "", 1, 7),
        (3, "", 6, 7),
        (3, "another", 8, 8),
        (3, "another", 99, 10),
        (3, "", 99, 10),
        (0, "", 8, 10),
    ],
    ids=["trimmed", "just trimmed", "another epoch", "a longer epoch", "beyond the head", "all trimmed"],
)
async def test_where_the_journal_does_not_go_on_the_nearest_position_is_told(
    store: Redis, kept: int, epoch: str, seq: int, nearest: int
) -> None:
    present = await fill(store, *numbered(10))
    await store.xtrim(keys.JOURNAL, maxlen=kept, approximate=False)

    part = await read_after(store, JournalPosition(epoch or present, seq))

    assert part == JournalSlice(present, 10, nearest, gap=True)
    assert part.newest == JournalPosition(present, 10)


async def test_a_trimmed_journal_is_read_from_its_oldest_event_on(store: Redis) -> None:
    epoch = await fill(store, *numbered(10))
    await store.xtrim(keys.JOURNAL, maxlen=3, approximate=False)

    part = await read_after(store, JournalPosition(epoch, 7))

    assert list(part.events) == numbered(10)[7:]


async def test_events_are_read_up_to_a_hole_and_then_the_position_behind_it_is_told(store: Redis) -> None:
    epoch = await fill(store, *numbered(10))
    await store.xdel(keys.JOURNAL, "5-0")

    before, at, behind = [await read_after(store, JournalPosition(epoch, seq)) for seq in (2, 4, 5)]

    assert list(before.events) == numbered(4)[2:]
    assert at == JournalSlice(epoch, 10, 5, gap=True)
    assert list(behind.events) == numbered(10)[5:]


async def test_a_reader_that_has_not_begun_is_nowhere(store: Redis) -> None:
    epoch = await fill(store, *numbered(3))

    assert await read_after(store, NOWHERE) == JournalSlice(epoch, 3, 0, gap=True)


async def test_an_emptied_redis_gets_an_epoch_before_it_is_read(redis_server: RedisServer) -> None:
    async with connection.connect(redis_server.url) as redis:
        before = await head(redis)
        await redis.flushall()
        read = await read_after(redis, before)
        await redis.flushall()
        found = await head(redis)

    assert len({before.epoch, read.epoch, found.epoch, ""}) == 4
    assert (read.gap, found.seq) == (True, 0)


def test_a_position_is_written_as_it_is_read() -> None:
    position = JournalPosition("a1b2", 17)

    assert str(position) == "a1b2 17"
    assert read_position(str(position).encode()) == position
