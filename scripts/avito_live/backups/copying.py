"""Copies values by plain commands of Redis 6.2, since the binary form depends on the version."""

from collections.abc import Iterable, Mapping
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

_PAGE = 1_000

_READ: dict[str, tuple[str, tuple[str | int, ...]]] = {
    "string": ("GET", ()),
    "hash": ("HGETALL", ()),
    "list": ("LRANGE", (0, -1)),
    "set": ("SMEMBERS", ()),
    "zset": ("ZRANGE", (0, -1, "WITHSCORES")),
}
_WRITE = {"string": "SET", "hash": "HSET", "list": "RPUSH", "set": "SADD", "zset": "ZADD"}


async def copy_plain(source: Redis, target: Redis, kinds: Mapping[bytes, str]) -> None:
    """Copy keys other than streams. `kinds`: name -> the answer of TYPE. Raises RedisError."""
    if not kinds:
        return
    async with source.pipeline(transaction=False) as read:
        for name, kind in kinds.items():
            command, more = _READ[kind]
            read.execute_command(command, name, *more)
        answers = await read.execute()
    async with target.pipeline(transaction=False) as write:
        for (name, kind), answer in zip(kinds.items(), answers, strict=True):
            if answer:
                write.execute_command(_WRITE[kind], name, *_arguments(kind, answer))
            elif kind == "string" and answer is not None:
                write.execute_command("SET", name, answer)
        await write.execute()


def _arguments(kind: str, answer: Any) -> Iterable[Any]:
    """Return the arguments that write what was read."""
    match kind:
        case "string":
            return [answer]
        case "hash":
            return [part for pair in answer.items() for part in pair]
        case "zset":  # read as member, score, …; written as score, member, …
            return [part for pair in zip(answer[1::2], answer[::2], strict=True) for part in pair]
        case _:
            return list(answer)


async def copy_stream(source: Redis, target: Redis, name: bytes) -> None:
    """Copy the entries with their ids, the last id ever used, and the consumer groups. Raises RedisError.

    A group starts over: entries that were read but not finished are read again, and merging twice changes
    nothing. Entries that the target accepted meanwhile stay, and older ones are added behind them.
    """
    start = "-"
    while rows := await source.execute_command("XRANGE", name, start, "+", "COUNT", _PAGE):
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
            await target.execute_command("XSETID", name, last)


async def _add(target: Redis, name: bytes, rows: list[tuple[bytes, Any]]) -> None:
    async with target.pipeline(transaction=False) as write:
        for entry_id, fields in rows:
            write.execute_command("XADD", name, entry_id, *_flat(fields))
        answers = await write.execute(raise_on_error=False)
    for (entry_id, fields), answer in zip(rows, answers, strict=True):
        if not isinstance(answer, Exception):
            continue
        if not isinstance(answer, ResponseError) or "equal or smaller" not in str(answer):
            raise answer
        if not await target.xrange(name, entry_id, entry_id):
            await target.execute_command("XADD", name, "*", *_flat(fields))


def _flat(fields: Mapping[bytes, bytes]) -> list[bytes]:
    return [part for pair in fields.items() for part in pair]


def _in_order(entry_id: bytes) -> tuple[int, ...]:
    return tuple(map(int, entry_id.split(b"-")))
