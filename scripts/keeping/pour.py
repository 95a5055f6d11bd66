"""Puts what one Redis holds into another, key by key."""

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared import keys

_AT_ONCE = 200
_PASSING = (f"{keys.PREFIX}:alive:", f"{keys.PREFIX}:parts:", f"{keys.PREFIX}:lease:")


class NotEmptyError(Exception):
    """There is data already; it would be mixed up with what is restored."""


class NotTakenError(Exception):
    """The other Redis does not take it; the text says why."""


async def pour(source: Redis, target: Redis) -> int:
    """Copy everything with its expiry; return how many keys. Raises NotEmptyError, NotTakenError, RedisError.

    Who lived and who held which lease when the backup was made is not restored.
    """
    if await target.dbsize():
        raise NotEmptyError("the Redis to restore into is not empty: stop the services and use an empty one")
    copied, batch = 0, list[bytes]()
    async for name in source.scan_iter(count=_AT_ONCE):
        if name.decode("utf-8", "replace").startswith(_PASSING):
            continue
        batch.append(name)
        if len(batch) == _AT_ONCE:
            copied += await _copy(source, target, batch)
            batch = []
    return copied + await _copy(source, target, batch)


async def _copy(source: Redis, target: Redis, names: list[bytes]) -> int:
    if not names:
        return 0
    async with source.pipeline(transaction=False) as read:
        for name in names:
            read.execute_command("DUMP", name, NEVER_DECODE=True)
            read.execute_command("PTTL", name)
        values = await read.execute()
    read_back = zip(names, values[::2], values[1::2], strict=True)
    held = [(name, value, left_ms) for name, value, left_ms in read_back if value is not None]
    async with target.pipeline(transaction=False) as write:
        for name, value, left_ms in held:
            write.execute_command("RESTORE", name, max(0, left_ms), value)
        try:
            await write.execute()
        except ResponseError as error:
            raise NotTakenError(f"{error}; the backup comes from a newer Redis than this one") from None
    return len(held)
