"""A read model of any size, written by the worker's commits, and the cost of one more commit."""

import time
from collections.abc import Sequence
from typing import Any

import orjson
from redis import Redis

from bench.processes import ACCOUNT
from bench.webhooks import BUYER
from shared.redis import keys
from worker.messages import commit
from worker.messages.commit import Change
from worker.messages.message import ChatFacts
from worker.messages.reading import read_message

_MESSAGES_AT_ONCE = 200
_CHATS_AT_ONCE = 100
START = 1_000_000_000
_TEXT = "Здравствуйте, ещё продаёте?"


def begin(redis: Redis) -> None:
    """Write what a worker writes at its start."""
    redis.sadd(keys.ACCOUNTS, ACCOUNT)
    redis.hsetnx(keys.STATE, "epoch", "bench")
    redis.script_load(commit.SCRIPT.text)


def add_chats(redis: Redis, names: Sequence[str]) -> None:
    """Add chats with one message each."""
    for start in range(0, len(names), _CHATS_AT_ONCE):
        changes = [
            change(name, [START + start + number], facts=_facts(name))
            for number, name in enumerate(names[start : start + _CHATS_AT_ONCE])
        ]
        run(redis, changes, 1_000_000)


def add_messages(redis: Redis, chat: str, first: int, last: int) -> None:
    """Add messages of the seconds `first` to `last` to a thread, as a long import does."""
    for start in range(first, last, _MESSAGES_AT_ONCE):
        numbers = range(start, min(last, start + _MESSAGES_AT_ONCE))
        run(redis, [change(chat, [START + number for number in numbers], quiet=True)], 1_000_000)


def cost_us(redis: Redis, changes: Sequence[Change], keep: int) -> float:
    """Return the CPU microseconds of Redis per commit, including reading it from the socket."""
    before = spent_us(redis)
    run(redis, changes, keep)
    return (spent_us(redis) - before) / len(changes)


def change(
    chat: str, created: Sequence[int], *, facts: ChatFacts | None = None, quiet: bool = False
) -> Change:
    """Return a change with a buyer's messages of these seconds."""
    values = (
        {
            "id": f"{chat}-{at}",
            "author_id": BUYER,
            "created": at,
            "type": "text",
            "content": {"text": f"{_TEXT} {at}"},
        }
        for at in created
    )
    messages = tuple(read_message(value, ACCOUNT, chat) for value in values)
    return Change(ACCOUNT, chat, messages, "webhook", facts=facts, quiet=quiet)


def run(redis: Redis, changes: Sequence[Change], keep: int) -> None:
    """Commit changes in one pipeline. Raises redis.exceptions.ResponseError."""
    with redis.pipeline(transaction=False) as pipe:
        for one in changes:
            pipe.execute_command(*commit.command(one, time.time(), keep))
        pipe.execute()


def _facts(chat: str) -> ChatFacts:
    buyer = orjson.dumps({"id": BUYER, "name": "Марина", "avatar": None, "url": None})
    item = orjson.dumps(
        {"id": 1, "title": f"Велосипед {chat}", "price": "18 500 ₽", "url": None, "image": None}
    )
    return ChatFacts(START, 0.0, buyer, item, chat)


def spent_us(redis: Redis) -> float:
    """Return the CPU microseconds of Redis so far, which other programs on the machine do not affect."""
    said: Any = redis.info("cpu")
    return (float(said["used_cpu_user"]) + float(said["used_cpu_sys"])) * 1e6
