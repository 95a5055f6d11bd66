"""Copies values by plain commands of Redis 6.2, since the binary form depends on the version."""

from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import ResponseError

_PAGE = 1_000


async def copy_plain(source: Redis, target: Redis, kinds: Mapping[bytes, str]) -> None:
    """Copy keys other than streams. `kinds`: name -> the answer of TYPE. Raises RedisError."""
    if not kinds:
        return
    async with source.pipeline(transaction=False) as read:
        for name, kind in kinds.items():
            _read(read, name, kind)
        answers = await read.execute()
    async with target.pipeline(transaction=False) as write:
        for (name, kind), answer in zip(kinds.items(), answers, strict=True):
            if answer or answer == b"":  # any other is of a key that has expired since
                _write(write, name, kind, answer)
        await write.execute()


def _read(pipe: Pipeline, name: bytes, kind: str) -> None:
    match kind:
        case "string":
            pipe.get(name)
        case "hash":
            pipe.hgetall(name)
        case "list":
            pipe.lrange(name, 0, -1)
        case "set":
            pipe.smembers(name)
        case "zset":
            pipe.zrange(name, 0, -1, withscores=True)


def _write(pipe: Pipeline, name: bytes, kind: str, value: Any) -> None:
    match kind:
        case "string":
            pipe.set(name, value)
        case "hash":
            pipe.hset(name, mapping=value)
        case "list":
            pipe.rpush(name, *value)
        case "set":
            pipe.sadd(name, *value)
        case "zset":
            pipe.zadd(name, dict(value))


async def copy_stream(source: Redis, target: Redis, name: bytes) -> None:
    """Copy the entries with their ids, the last id ever used, and the consumer groups. Raises RedisError.

    A group starts over: entries that were read but not finished are read again, and merging twice changes
    nothing. Entries that the target accepted meanwhile stay, and older ones are added behind them.
    """
    start = "-"
    while rows := await source.xrange(name, start, "+", count=_PAGE):
        await _add(target, name, rows)
        start = f"({rows[-1][0].decode()}"
    for group in await source.xinfo_groups(name):
        try:
            await target.xgroup_create(name, group["name"], id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
    last = (await source.xinfo_stream(name))["last-generated-id"]
    if await target.exists(name):
        there = (await target.xinfo_stream(name))["last-generated-id"]
        if _in_order(last) > _in_order(there):
            await target.execute_command("XSETID", name, last)  # redis-py 5 has no method for it


async def _add(target: Redis, name: bytes, rows: list[tuple[bytes, Any]]) -> None:
    async with target.pipeline(transaction=False) as write:
        for entry_id, fields in rows:
            write.xadd(name, fields, id=entry_id)
        answers = await write.execute(raise_on_error=False)
    for (entry_id, fields), answer in zip(rows, answers, strict=True):
        if not isinstance(answer, Exception):
            continue
        if not isinstance(answer, ResponseError) or "equal or smaller" not in str(answer):
            raise answer
        if not await target.xrange(name, entry_id, entry_id):
            await target.xadd(name, fields)


def _in_order(entry_id: bytes) -> tuple[int, ...]:
    return tuple(map(int, entry_id.split(b"-")))
