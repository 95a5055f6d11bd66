"""What has an age is kept within its bounds."""

from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from shared.redis import keys
from shared.wires import inbox
from tests.worker.builders import SELLER
from tests.worker.fake_avito import FakeAvito, make_account
from worker.intake.consumer_group import make_group
from worker.jobs import prune
from worker.jobs.prune import DAY_S, JOURNAL_S

pytestmark = pytest.mark.anyio


@pytest.fixture
def now() -> float:
    return FakeAvito().clock()


async def pruned(redis: Redis) -> None:
    await prune.prune(make_account(redis, FakeAvito()))


async def read_as(redis: Redis, reader: str, entries: int) -> None:
    await redis.xreadgroup(keys.INBOX_GROUP, reader, {keys.INBOX: ">"}, count=entries)


async def readers(redis: Redis) -> set[bytes]:
    return {one["name"] for one in await redis.xinfo_consumers(keys.INBOX, keys.INBOX_GROUP)}


async def test_the_journal_ends_48_hours_ago(real_redis: Redis, now: float) -> None:
    for seq, age in ((1, JOURNAL_S + 60), (2, JOURNAL_S - 60), (3, 0)):
        await real_redis.xadd(keys.JOURNAL, {"e": orjson.dumps({"seq": seq, "at": now - age})}, id=f"{seq}-0")

    await pruned(real_redis)

    assert [entry for entry, _ in await real_redis.xrange(keys.JOURNAL)] == [b"2-0", b"3-0"]


async def test_dead_letters_end_30_days_ago(real_redis: Redis, now: float) -> None:
    for age in (30 * DAY_S + 60, 30 * DAY_S - 60):
        await real_redis.xadd(keys.DEAD, {"reason": f"{age}"}, id=f"{int((now - age) * 1000)}-0")

    await pruned(real_redis)

    assert [fields[b"reason"] for _, fields in await real_redis.xrange(keys.DEAD)] == [
        str(30 * DAY_S - 60).encode()
    ]
    assert await real_redis.execute_command("HGET", keys.COUNTERS, "dead_dropped") == b"1"


async def test_a_chat_of_half_a_year_ago_is_dropped_with_all_its_data(real_redis: Redis, now: float) -> None:
    await real_redis.zadd(keys.chats(SELLER), {"old": now - 181 * DAY_S, "young": now - 179 * DAY_S})
    for chat in ("old", "young"):
        await real_redis.execute_command("HSET", keys.chat(SELLER, chat), "json", "{}")

    await pruned(real_redis)

    assert await real_redis.zrange(keys.chats(SELLER), 0, -1) == [b"young"]
    assert await real_redis.exists(keys.chat(SELLER, "old"), keys.chat(SELLER, "young")) == 1


async def old_chat(redis: Redis, now: float) -> None:
    await redis.zadd(keys.chats(SELLER), {"old": now - 181 * DAY_S})
    await redis.zadd(keys.unassigned(SELLER), {"old": now - 181 * DAY_S})
    await redis.execute_command("HSET", keys.chat(SELLER, "old"), "json", "{}")


async def test_a_chat_that_is_assigned_at_the_last_moment_leaves_its_owners_list_too(
    real_redis: Redis, now: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    await old_chat(real_redis, now)
    run: Any = real_redis.execute_command
    taken = list[bool]()

    async def taken_first(*command: Any, **options: Any) -> Any:
        if command[0] == "EVALSHA" and not taken:
            taken.append(True)
            await run("ZREM", keys.unassigned(SELLER), "old")
            await run("HSET", keys.chat(SELLER, "old"), "owner", "vera")
            await run("ZADD", keys.assigned(SELLER, "vera"), now, "old")
        return await run(*command, **options)

    monkeypatch.setattr(real_redis, "execute_command", taken_first)
    await pruned(real_redis)

    assert await real_redis.exists(keys.chat(SELLER, "old"), keys.assigned(SELLER, "vera")) == 0


async def test_a_chat_in_which_the_buyer_writes_at_the_last_moment_stays(
    real_redis: Redis, now: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    await old_chat(real_redis, now)
    look = real_redis.zrange

    async def moved_after(*asked: Any, **options: Any) -> Any:
        found = await look(*asked, **options)
        await real_redis.zadd(keys.chats(SELLER), {"old": now})
        return found

    monkeypatch.setattr(real_redis, "zrange", moved_after)
    await pruned(real_redis)

    assert await real_redis.zrangebyscore(keys.chats(SELLER), now, now) == [b"old"]
    assert await real_redis.exists(keys.chat(SELLER, "old")) == 1


async def test_no_more_chats_are_kept_than_there_is_room_for(
    real_redis: Redis, now: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune, "CHATS", 2)
    await real_redis.zadd(keys.chats(SELLER), {"first": now - 3, "second": now - 2.5, "third": now - 1})

    await pruned(real_redis)

    assert await real_redis.zrange(keys.chats(SELLER), 0, -1) == [b"second", b"third"]


async def test_names_of_dead_workers_are_dropped_but_not_their_entries(
    real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_group(real_redis, keys.INBOX)
    for _ in range(2):
        await real_redis.execute_command("XADD", keys.INBOX, "*", *inbox.canary(1.0))
    await read_as(real_redis, "left an entry", 1)
    await read_as(real_redis, "left nothing", 1)
    pending = await real_redis.xpending_range(keys.INBOX, keys.INBOX_GROUP, "-", "+", 9, "left nothing")
    await real_redis.xack(keys.INBOX, keys.INBOX_GROUP, pending[0]["message_id"])
    monkeypatch.setattr(prune, "READER_GONE_S", -1)

    await pruned(real_redis)

    assert await readers(real_redis) == {b"left an entry"}


async def test_a_worker_that_read_a_moment_ago_keeps_its_name(real_redis: Redis) -> None:
    await make_group(real_redis, keys.INBOX)
    await real_redis.execute_command("XADD", keys.INBOX, "*", *inbox.canary(1.0))
    await read_as(real_redis, "alive", 1)
    (entry,) = [entry for entry, _ in await real_redis.xrange(keys.INBOX)]
    await real_redis.xack(keys.INBOX, keys.INBOX_GROUP, entry)

    await pruned(real_redis)

    assert await readers(real_redis) == {b"alive"}


async def test_an_empty_redis_is_pruned_without_error(real_redis: Redis) -> None:
    await pruned(real_redis)

    assert await real_redis.dbsize() <= 1
