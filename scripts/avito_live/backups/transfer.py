"""Copies the data of one Redis into another, by plain commands, since the binary form depends on the version.

From `begin` to `finish` the other Redis has UNFINISHED_LAYOUT, which every service refuses. It marks
a restore that was interrupted, and the next restore starts over.
"""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import ResponseError

from avito_live.backups import restore_policy
from avito_live.erasure import key_names
from avito_live.runner.errors import RunError
from shared.redis import keys, layout
from shared.redis.lua.constants import UNFINISHED_LAYOUT

_AT_ONCE = 200
_PAGE = 1_000
_KEPT = (keys.STATE.encode(), keys.INBOX.encode())
"""The mark, and webhooks that ingest has accepted since."""
_OF_THEN = (b"run_id", b"mark", b"promoted", b"layout")
_READ: dict[bytes, Callable[[Pipeline, bytes], Any]] = {
    b"string": lambda pipe, name: pipe.get(name),
    b"hash": lambda pipe, name: pipe.hgetall(name),
    b"list": lambda pipe, name: pipe.lrange(name, 0, -1),
    b"set": lambda pipe, name: pipe.smembers(name),
    b"zset": lambda pipe, name: pipe.zrange(name, 0, -1, withscores=True),
}
_WRITE: dict[bytes, Callable[[Pipeline, bytes, Any], Any]] = {
    b"string": lambda pipe, name, value: pipe.set(name, value),
    b"hash": lambda pipe, name, value: pipe.hset(name, mapping=value),
    b"list": lambda pipe, name, value: pipe.rpush(name, *value),
    b"set": lambda pipe, name, value: pipe.sadd(name, *value),
    b"zset": lambda pipe, name, value: pipe.zadd(name, dict(value)),
}


async def refuse_full(target: Redis) -> None:
    """Raise RunError unless the target is empty or has an unfinished restore."""
    if await target.dbsize() and await layout.stored_layout(target) != UNFINISHED_LAYOUT:
        raise RunError(
            "the Redis to restore into is not empty: stop the services and give it an empty folder"
            " (docs/data.md, Restore)"
        )


async def begin(target: Redis) -> None:
    """Mark an empty Redis, or remove what an unfinished restore left there; others' keys stay.

    Services refuse to start until `finish` was called. Raises RunError, RedisError.
    """
    if await target.hsetnx(keys.STATE, "layout", UNFINISHED_LAYOUT):
        return
    await refuse_full(target)  # a service may have started meanwhile
    for name in await key_names.matching(target, f"{keys.PREFIX}:*"):
        if name not in _KEPT:
            await target.unlink(name)


async def copy_all(source: Redis, target: Redis) -> int:
    """Copy what is to be restored (restore_policy.py) with its expiry; return the number of keys.

    Raises RedisError. The target was marked by `begin`.
    """
    copied = await copy_ours(source, target, restore_policy.is_copied)
    state = await source.hgetall(keys.STATE)
    fresh = {name: value for name, value in state.items() if name not in _OF_THEN}
    fresh[b"epoch"] = secrets.token_hex(6).encode()
    # Without what names the run, the first connection of a service opens another one (lua/open_epoch.lua).
    await target.hset(keys.STATE, mapping=fresh)
    return copied


async def copy_ours(
    source: Redis,
    target: Redis,
    wanted: Callable[[bytes], bool],
    then: Callable[[], Awaitable[None]] | None = None,
) -> int:
    """Copy the wanted ones of our keys with their expiry; return their number. Raises RedisError.

    `then` is called after each part of them.
    """
    names = list(filter(wanted, await key_names.matching(source, f"{keys.PREFIX}:*")))
    copied = 0
    for at in range(0, len(names), _AT_ONCE):
        copied += await _copy(source, target, names[at : at + _AT_ONCE])
        if then is not None:
            await then()
    return copied


async def copy_stream(source: Redis, target: Redis, name: bytes) -> None:
    """Copy the entries with their ids, the last id ever used, and the consumer groups.

    A group starts over: entries that were read but not finished are read again, and merging twice changes
    nothing. Entries that the target accepted meanwhile stay, and older ones are added behind them.
    """
    await copy_entries(source, target, name)
    for group in await source.xinfo_groups(name):
        try:
            await target.xgroup_create(name, group["name"], id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
    last = (await source.xinfo_stream(name))["last-generated-id"]
    if await target.exists(name):
        there = (await target.xinfo_stream(name))["last-generated-id"]
        newest = max(last, there, key=lambda entry_id: tuple(map(int, entry_id.split(b"-"))))
        await target.execute_command("XSETID", name, newest)  # redis-py 5 has no method for it


async def copy_entries(source: Redis, target: Redis, name: bytes, first: str = "-", last: str = "+") -> None:
    """Copy entries of a stream with their ids. Raises RedisError."""
    while rows := await source.xrange(name, first, last, count=_PAGE):
        await _add(target, name, rows)
        first = f"({rows[-1][0].decode()}"


def write(pipe: Pipeline, name: bytes, kind: bytes, value: Any) -> None:
    """Write a new key of any kind but a stream."""
    if value or value == b"":  # any other is of a key that has expired since
        _WRITE[kind](pipe, name, value)


async def finish(source: Redis, target: Redis) -> None:
    """Let services start, now that everything is copied. Raises RedisError."""
    held = await source.hget(keys.STATE, "layout")
    if held is None:  # from a time before layouts had numbers
        await target.hdel(keys.STATE, "layout")
    else:
        await target.hset(keys.STATE, "layout", held)


async def _copy(source: Redis, target: Redis, names: list[bytes]) -> int:
    """Copy keys in a few round trips, but streams, which may be long, one by one."""
    async with source.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.type(name)
            pipe.pttl(name)
        answers = await pipe.execute()
    found = list(zip(names, answers[::2], answers[1::2], strict=True))
    plain = [(name, kind) for name, kind, _ in found if kind in _READ]
    async with source.pipeline(transaction=False) as pipe:
        for name, kind in plain:
            _READ[kind](pipe, name)
        values = await pipe.execute()
    for name in (name for name, kind, _ in found if kind == b"stream"):
        await copy_stream(source, target, name)
    async with target.pipeline(transaction=False) as pipe:
        for (name, kind), value in zip(plain, values, strict=True):
            write(pipe, name, kind, value)
        for name, _, left_ms in found:
            if left_ms > 0:
                pipe.pexpire(name, left_ms)
        await pipe.execute()
    return sum(kind != b"none" for _, kind, _ in found)


async def _add(target: Redis, name: bytes, rows: list[tuple[bytes, Any]]) -> None:
    async with target.pipeline(transaction=False) as write:
        for entry_id, fields in rows:
            write.xadd(name, fields, id=entry_id)
        answers = await write.execute(raise_on_error=False)
    for (entry_id, fields), answer in zip(rows, answers, strict=True):
        if "equal or smaller" in str(answer):
            if not await target.xrange(name, entry_id, entry_id):
                await target.xadd(name, fields)
        elif isinstance(answer, Exception):
            raise answer
