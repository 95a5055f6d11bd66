"""Copies a stream: its entries with their ids, the last id ever used, and the consumer groups."""

from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

_PAGE = 1_000


async def copy(source: Redis, target: Redis, name: bytes) -> None:
    """Copy a stream. Raises RedisError.

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
        newest = max(last, there, key=lambda entry_id: tuple(map(int, entry_id.split(b"-"))))
        await target.execute_command("XSETID", name, newest)  # redis-py 5 has no method for it


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
