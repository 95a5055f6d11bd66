"""Without a snapshot, the keys of a Redis that is written to meanwhile are copied as of one instant."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest
from redis.asyncio import Redis

from avito_live.backups import live_copy
from avito_live.backups.counts import faults
from avito_live.runner.errors import RunError
from shared.redis import connection, keys, lua
from shared.redis.lua import scripts
from shared.wires.threads import message_id_of
from testbed import running_redis
from tests.worker.builders import BUYER, SELLER, make_message
from worker.messages.commit import Change, command, commit

pytestmark = pytest.mark.anyio
FIRST, SECOND = "u2i-first", "u2i-second"
CHATS = [FIRST, *(f"u2i-{number}" for number in range(300)), SECOND]
T = 1_757_403_725.0
"""Unix time of the messages."""
Writer = Callable[[int], Awaitable[None]]


def change(chat_id: str, message_id: str, created: float, entry: bytes = b"") -> Change:
    told = make_message(message_id, created=created, author=BUYER)
    return Change(SELLER, chat_id, (told,), "webhook", entry=entry)


@pytest.fixture
async def shop(real_redis: Redis) -> Redis:
    """A Redis with a message in each of some hundred chats."""
    await real_redis.sadd(keys.ACCOUNTS, SELLER)
    await real_redis.xgroup_create(keys.INBOX, keys.INBOX_GROUP, id="0", mkstream=True)
    await lua.make_known(real_redis, "commit")
    async with real_redis.pipeline(transaction=False) as pipe:
        for number, chat_id in enumerate(CHATS):
            pipe.execute_command(*command(change(chat_id, f"old-{number}", T), T, 200))
        await pipe.execute()
    return real_redis


@pytest.fixture
async def copy(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Redis]:
    """An empty Redis to copy into."""
    with running_redis(tmp_path / "copy") as server:
        async with connection.connect(server.url, names_epoch=False) as redis:
            yield redis


@asynccontextmanager
async def written_to(write: Writer) -> AsyncIterator[None]:
    """Call the writer with one number after the other, without a pause, during the block."""
    over = asyncio.Event()

    async def go_on() -> None:
        for number in count():
            if over.is_set():
                return
            await write(number)

    writing = asyncio.create_task(go_on())
    try:
        yield
    finally:
        over.set()
        await writing


async def ids(store: Redis, chat_id: str) -> list[str]:
    return [message_id_of(one).decode() for one in await store.zrange(keys.thread(SELLER, chat_id), 0, -1)]


async def test_what_was_written_in_order_is_copied_up_to_one_instant(shop: Redis, copy: Redis) -> None:
    async def write(number: int) -> None:
        await commit(shop, change(FIRST, f"a-{number}", T + number), T, 10_000)
        await commit(shop, change(f"u2i-{number % 300}", f"b-{number}", T + number), T, 10_000)
        await commit(shop, change(SECOND, f"c-{number}", T + number), T, 10_000)

    async with written_to(write):
        await live_copy.copy_live(shop, copy)

    first, second = await ids(copy, FIRST), await ids(copy, SECOND)
    assert len(first) - len(second) in (0, 1)
    assert len(first) > 1, "nothing was written meanwhile"
    assert await faults(copy) == []
    rows = await copy.zrange(keys.chats(SELLER), 0, -1)
    assert sorted(map(bytes.decode, rows)) == sorted(CHATS)
    last = (await copy.xrevrange(keys.JOURNAL, count=1))[0][0]
    assert last == b"%b-0" % (await copy.hget(keys.STATE, "seq") or b"")


async def test_a_webhook_is_in_the_inbox_or_in_its_thread(shop: Redis, copy: Redis) -> None:
    for number in range(400):
        await shop.xadd(keys.INBOX, {"b": str(number)})
    waiting = iter(await shop.xreadgroup(keys.INBOX_GROUP, "one", {keys.INBOX: ">"}))
    entries = iter([entry for _, rows in waiting for entry in rows])

    async def write(_: int) -> None:
        if (entry := next(entries, None)) is None:
            await asyncio.sleep(0)
            return
        entry_id, fields = entry
        told = change(FIRST, f"web-{fields[b'b'].decode()}", T, entry_id)
        await commit(shop, told, T, 10_000)

    async with written_to(write):
        await live_copy.copy_live(shop, copy)

    kept = {f"web-{fields[b'b'].decode()}" for _, fields in await copy.xrange(keys.INBOX)}
    assert {f"web-{number}" for number in range(400)} <= kept | set(await ids(copy, FIRST))
    assert (await copy.xinfo_groups(keys.INBOX))[0]["name"] == keys.INBOX_GROUP.encode()


async def test_chats_that_are_pruned_meanwhile_leave_nothing_behind(shop: Redis, copy: Redis) -> None:
    async def write(number: int) -> None:
        pruned = f"u2i-{number % 300}"
        await scripts.prune_chat(chat_id=pruned, seen=T, most=1e9, account_id=SELLER).run(shop)

    async with written_to(write):
        await live_copy.copy_live(shop, copy)

    listed = set(await copy.zrange(keys.chats(SELLER), 0, -1))
    threads = {name.rpartition(b":")[2] async for name in copy.scan_iter(match=keys.thread(SELLER, "*"))}
    assert threads == listed
    assert len(listed) < len(CHATS), "nothing was pruned"


async def test_every_kind_of_key_is_copied_with_its_expiry(shop: Redis, copy: Redis) -> None:
    await shop.set(keys.WORKING_HOURS, b"\x00\xff{}", px=600_000)
    await shop.zadd(keys.to_import(SELLER), {"x": 1757403800.1234567})
    await shop.lpush(keys.SWITCHES, "b", "a")
    await shop.xadd(keys.DEAD, {"reason": "odd"})
    await shop.hset(keys.reply(SELLER, "r1"), "state", "sent")

    await live_copy.copy_live(shop, copy)

    assert await copy.get(keys.WORKING_HOURS) == b"\x00\xff{}"
    assert 0 < await copy.pttl(keys.WORKING_HOURS) <= 600_000
    assert await copy.zscore(keys.to_import(SELLER), "x") == 1757403800.1234567
    assert await copy.lrange(keys.SWITCHES, 0, -1) == [b"a", b"b"]
    assert await copy.xlen(keys.DEAD) == 1
    assert await copy.dbsize() == await shop.dbsize()


async def test_a_journal_that_begins_anew_each_time_ends_the_copy(shop: Redis, copy: Redis) -> None:
    async def write(number: int) -> None:
        await shop.hset(keys.STATE, "epoch", f"epoch-{number}")
        await asyncio.sleep(0)

    async with written_to(write):
        with pytest.raises(RunError, match="try again"):
            await live_copy.copy_live(shop, copy)
