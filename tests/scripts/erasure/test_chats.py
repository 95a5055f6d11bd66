"""A buyer's request removes everything of that chat and nothing of other chats."""

import gzip
import inspect
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from avito_live.erasure import chats, key_names
from shared.redis import connection, keys
from shared.wires.forgotten import key_of
from testbed import RedisServer
from tests.scripts.backups.restoring import Shop, opened

pytestmark = pytest.mark.anyio
ACCOUNT = 7
GONE = "u2i-1*"
OTHERS = ("u2i-1*2", "xu2i-1*", "u2i-1", "u2i-12")


@pytest.fixture
async def shop(tmp_path: Path, redis_server: RedisServer, anyio_backend: str) -> AsyncIterator[Shop]:
    async with opened(tmp_path, redis_server) as shop:
        await shop.ask("SADD", keys.ACCOUNTS, ACCOUNT)
        yield shop


async def fill(shop: Shop, chat: str) -> None:
    """Write a key of every kind of a chat, and its members in keys of the account."""
    for name in key_names.NAMED:
        key = getattr(keys, name)
        if inspect.isfunction(key) and "chat_id" in (asked := inspect.signature(key).parameters):
            given = {"account_id": ACCOUNT, "chat_id": chat}
            await shop.ask("HSET", key(**{one: given.get(one, "p") for one in asked}), "json", "{}")
    for index in (keys.chats(ACCOUNT), keys.unread(ACCOUNT), keys.assigned(ACCOUNT, "anna")):
        await shop.ask("ZADD", index, 1, chat)
    await shop.ask("ZADD", keys.found_by_sweep(ACCOUNT), 1, f"{chat} m1")
    await shop.ask("HSET", keys.search_words(ACCOUNT), chat, "words")
    await shop.ask("HSET", keys.first_answers(ACCOUNT), f"{chat} m1", "1")
    await shop.ask(
        "HSET", keys.operator_actions(ACCOUNT), f"errand of {chat}", orjson.dumps({"chat_id": chat})
    )
    await shop.ask("XADD", keys.DEAD, "*", "b", orjson.dumps({"chat_id": chat}))


async def held(shop: Shop) -> set[str]:
    """Every key, field and member."""
    found = set()
    async for name in shop.redis.scan_iter():
        kind = await shop.redis.type(name)
        command = {b"zset": ("ZRANGE", name, 0, -1), b"hash": ("HGETALL", name), b"set": ("SMEMBERS", name)}
        command[b"string"] = ("MGET", name)
        inside = await shop.ask(*command.get(kind, ("XRANGE", name, "-", "+")))
        found |= {f"{name.decode()} {one!r}" for one in inside}
    return found


async def test_everything_of_one_chat_goes_and_nothing_of_those_with_an_id_like_it(shop: Shop) -> None:
    for chat in OTHERS:
        await fill(shop, chat)
    before = await held(shop)
    await fill(shop, GONE)

    await chats.forget(shop.redis, (ACCOUNT, GONE), 5.0)

    assert await shop.redis.getdel(key_of(ACCOUNT, GONE)) == b"5.0"
    assert await shop.ask("HDEL", keys.STATE, "epoch")  # a new one, so that browsers read again
    assert await held(shop) == before


async def test_the_notes_of_a_forgotten_chat_count_no_more(shop: Shop) -> None:
    note = b"{}"
    await shop.ask("HSET", keys.notes(ACCOUNT, GONE), "n-1", note)
    await shop.ask("HSET", keys.STATE, "notes", 100)

    await chats.forget(shop.redis, (ACCOUNT, GONE), 5.0)

    assert await shop.ask("HGET", keys.STATE, "notes") == b"%d" % (100 - len(note))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    "body",
    [
        {"payload": {"value": {"chat_id": "u2i-new", "author_id": 701, "content": {"text": "words"}}}},
        {"message": {"chat_id": "u2i-new", "author_id": 701, "content": "words"}},
    ],
)
async def test_a_webhook_that_was_given_up_is_found_by_its_buyer_and_its_chat(
    shop: Shop, body: dict[str, Any], pack: Callable[[bytes], bytes]
) -> None:
    await shop.ask("XADD", keys.DEAD, "*", "b", pack(orjson.dumps(body)), "reason", "unreadable")
    await shop.ask("XADD", keys.DEAD, "*", "b", b"no JSON", "reason", "unreadable")

    found = await chats.chats_of(shop.redis, 701)
    assert found == await chats.holding(shop.redis, "u2i-new") == [(ACCOUNT, "u2i-new")]
    assert await chats.chats_of(shop.redis, 702) == []

    await chats.forget(shop.redis, found[0], 5.0)

    assert [fields[b"b"] for _, fields in await shop.redis.xrange(keys.DEAD)] == [b"no JSON"]


class CutError(BaseException):
    """The command is killed here."""


def cut_after(url: str, commands: int) -> Redis:
    """A client of a command that is killed after so many of its round trips."""
    pool = connection.make_pool(url, names_epoch=False)

    class Cut(pool.connection_class):  # type: ignore[misc, name-defined]  # the class of a kind of address
        left = commands

        async def send_packed_command(self, *arguments: Any, **options: Any) -> None:
            if not Cut.left:
                raise CutError
            Cut.left -= 1
            await super().send_packed_command(*arguments, **options)

    pool.connection_class = Cut
    return Redis.from_pool(pool)


async def everywhere(shop: Shop, chat: str) -> None:
    """Write a chat with buyer 701, its events, and a webhook that names no buyer."""
    await fill(shop, chat)
    await shop.ask("HSET", keys.chat(ACCOUNT, chat), "json", orjson.dumps({"buyer": {"id": 701}}))
    await shop.ask("XADD", keys.JOURNAL, "*", "e", orjson.dumps({"chat_id": chat, "text": "words"}))


async def test_a_removal_that_was_killed_anywhere_has_not_begun_or_is_finished_by_another(shop: Shop) -> None:
    async def remove(store: Redis) -> None:
        for chat in await chats.chats_of(store, 701):
            await chats.forget(store, chat, 5.0)

    seen = set()
    for steps in range(100):
        await everywhere(shop, GONE)
        before = await held(shop)
        try:
            async with cut_after(shop.server.url, steps) as cut:
                await remove(cut)
        except CutError:
            after = await held(shop)
            seen.add(sum(GONE in key for key in after) / sum(GONE in key for key in before))
            await remove(shop.redis)
            assert not [key for key in await held(shop) if GONE in key], f"after {steps} round trips"
        else:
            break

    assert steps > 10
    assert seen == {0, 1}
