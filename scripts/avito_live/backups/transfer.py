"""Copies the data of one Redis into another, key by key and by value, so that their versions may differ.

From `copy_all` to `finish` the other Redis has UNFINISHED_LAYOUT, which every service refuses. It marks
a restore that was interrupted, and the next restore starts over.
"""

import secrets

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from avito_live.backups import copying, restore_policy
from shared.redis import keys, layout
from shared.redis.lua.constants import UNFINISHED_LAYOUT

_AT_ONCE = 200
_KEPT = (keys.STATE.encode(), keys.INBOX.encode())
"""The mark, and webhooks that ingest has accepted since."""


class NotEmptyError(Exception):
    """The target holds data, which would be mixed with the restored data."""


class NotTakenError(Exception):
    """The other Redis refuses the data; the message says why."""


async def copy_all(source: Redis, target: Redis) -> int:
    """Copy what is to be restored (restore_policy.py) with its expiry; return the number of keys.

    Raises NotEmptyError, NotTakenError, RedisError. Services refuse to start until `finish` was called.
    """
    await _begin(target)
    copied, batch = 0, list[bytes]()
    async for name in source.scan_iter(count=_AT_ONCE):
        if not restore_policy.is_copied(name):
            continue
        batch.append(name)
        if len(batch) == _AT_ONCE:
            copied += await _copy(source, target, batch)
            batch = []
    copied += await _copy(source, target, batch)
    state = await source.hgetall(keys.STATE)
    fresh = {name: value for name, value in state.items() if name not in (b"run_id", b"layout")}
    fresh[b"epoch"] = secrets.token_hex(6).encode()
    # Without `run_id` the connection of the first service begins yet another epoch (lua/open_epoch.lua).
    await target.hset(keys.STATE, mapping=fresh)
    return copied


async def finish(source: Redis, target: Redis) -> None:
    """Let services start, now that everything is copied. Raises RedisError."""
    held = await source.hget(keys.STATE, "layout")
    if held is None:  # from a time before layouts had numbers
        await target.hdel(keys.STATE, "layout")
    else:
        await target.hset(keys.STATE, "layout", held)


async def _begin(target: Redis) -> None:
    """Mark the restore, in an empty Redis or in one with an unfinished restore. Raises NotEmptyError."""
    if await layout.stored_layout(target) == UNFINISHED_LAYOUT:
        async for name in target.scan_iter(count=_AT_ONCE):
            if name not in _KEPT:
                await target.unlink(name)
        return
    if await target.dbsize() or not await target.hsetnx(keys.STATE, "layout", UNFINISHED_LAYOUT):
        raise NotEmptyError(
            "the Redis to restore into is not empty: stop the services and give it an empty folder"
            " (docs/data.md, Restore)"
        )


async def _copy(source: Redis, target: Redis, names: list[bytes]) -> int:
    """Copy keys in a few round trips, but streams, which may be long, one by one."""
    async with source.pipeline(transaction=False) as asked:
        for name in names:
            asked.type(name)
            asked.pttl(name)
        answers = await asked.execute()
    kinds = {name: kind.decode() for name, kind in zip(names, answers[::2], strict=True) if kind != b"none"}
    lives = {name: left_ms for name, left_ms in zip(names, answers[1::2], strict=True) if left_ms > 0}
    try:
        for name in (name for name, kind in kinds.items() if kind == "stream"):
            await copying.copy_stream(source, target, name)
        plain = {name: kind for name, kind in kinds.items() if kind != "stream"}
        await copying.copy_plain(source, target, plain)
        for name, left_ms in lives.items():
            await target.pexpire(name, left_ms)
    except ResponseError as error:
        raise NotTakenError(f"the Redis to restore into refuses: {error}") from None
    return len(kinds)
