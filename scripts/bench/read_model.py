"""A read model of any size, written by the worker's commits."""

import time
from collections.abc import Sequence
from typing import Any

import orjson
from redis.asyncio import Redis

from bench.webhooks import BUYER
from shared.redis import keys, lua
from testbed import ACCOUNT
from worker.messages import commit
from worker.messages.commit import Change
from worker.messages.message import ChatFacts
from worker.messages.reading import read_message

START = 1_000_000_000
_AT_ONCE = 100
_KEEP_ALL = 1_000_000
_TEXT = "Здравствуйте, ещё продаёте?"


async def begin(redis: Redis) -> None:
    """Write what a worker writes at its start."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.sadd(keys.ACCOUNTS, ACCOUNT)
        pipe.hsetnx(keys.STATE, "epoch", "bench")
        pipe.script_load(lua.load("commit").text)
        await pipe.execute()


async def add_chats(redis: Redis, first: int, last: int) -> list[str]:
    """Add the chats `chat-<first>` up to `last`, with one message each, and return their names."""
    names = [f"chat-{number}" for number in range(first, last)]
    changes = [change(name, [START + at], facts=_facts(name)) for at, name in enumerate(names)]
    for start in range(0, len(changes), _AT_ONCE):
        await run(redis, changes[start : start + _AT_ONCE])
    return names


async def add_messages(redis: Redis, chat: str, first: int, last: int) -> None:
    """Add messages of the seconds `first` to `last` to a thread, as a long import does."""
    for start in range(first, last, 2 * _AT_ONCE):
        seconds = range(START + start, START + min(last, start + 2 * _AT_ONCE))
        await run(redis, [change(chat, seconds, quiet=True)])


def change(
    chat: str, created: Sequence[int], *, facts: ChatFacts | None = None, quiet: bool = False
) -> Change:
    """Return a change with a buyer's messages of these seconds."""
    values = (
        {"id": f"{chat}-{at}", "author_id": BUYER, "created": at, "content": {"text": f"{_TEXT} {at}"}}
        for at in created
    )
    messages = tuple(read_message(value, ACCOUNT, chat) for value in values)
    return Change(ACCOUNT, chat, messages, "webhook", facts=facts, quiet=quiet)


async def run(redis: Redis, changes: Sequence[Change], keep: int = _KEEP_ALL) -> None:
    """Commit changes in one pipeline. Raises redis.exceptions.ResponseError."""
    async with redis.pipeline(transaction=False) as pipe:
        for one in changes:
            pipe.execute_command(*commit.command(one, time.time(), keep))
        await pipe.execute()


async def spent_us(redis: Redis) -> float:
    """Return the CPU microseconds of Redis so far, which other programs on the machine do not affect."""
    said: Any = await redis.info("cpu")
    return (float(said["used_cpu_user"]) + float(said["used_cpu_sys"])) * 1e6


def _facts(chat: str) -> ChatFacts:
    buyer = orjson.dumps({"id": BUYER, "name": "Марина", "avatar": None, "url": None})
    item = {"id": 1, "title": f"Велосипед {chat}", "price": "18 500 ₽", "url": None, "image": None}
    return ChatFacts(START, 0.0, buyer, orjson.dumps(item), chat)
