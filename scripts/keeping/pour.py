"""Puts what one Redis holds into another, key by key and by value, so that their versions may differ."""

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from keeping import values
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
        raise NotEmptyError(
            "the Redis to restore into is not empty: stop the services and give it an empty folder"
            " (docs/operations.md, Restore)"
        )
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
    """Copy some keys in a few round trips; streams, which may be long, one after the other."""
    async with source.pipeline(transaction=False) as asked:
        for name in names:
            asked.execute_command("TYPE", name)
            asked.execute_command("PTTL", name)
        answers = await asked.execute()
    kinds = {name: kind.decode() for name, kind in zip(names, answers[::2], strict=True) if kind != b"none"}
    lives = {name: left_ms for name, left_ms in zip(names, answers[1::2], strict=True) if left_ms > 0}
    try:
        for name in (name for name, kind in kinds.items() if kind == "stream"):
            await values.copy_stream(source, target, name)
        plain = {name: kind for name, kind in kinds.items() if kind != "stream"}
        await values.copy_plain(source, target, plain)
        for name, left_ms in lives.items():
            await target.execute_command("PEXPIRE", name, left_ms)
    except ResponseError as error:
        raise NotTakenError(f"the Redis to restore into refuses: {error}") from None
    return len(kinds)
