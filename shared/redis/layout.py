"""Which layout the data in Redis has, and how older data is brought up to it when a worker starts.

The number stands in keys.STATE as `layout`. Whoever is older than the data does not touch it: workers and
gateways refuse to start, and every new connection is refused too (lua/open_epoch.lua), should the data be
brought up while an old process still runs.
"""

import logging
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis

from shared.redis import keys, lua
from shared.redis.lease import Lease
from shared.redis.migrations import add_chat_owners, number_layout

log = logging.getLogger("shared.layout")

Migration = Callable[[Redis], Awaitable[None]]

UNFINISHED = 1_000_000
"""The layout while a restore is under way, so that every version refuses what is only half there."""

_LOOK_AGAIN_S = 0.5
_RAISE = lua.load("raise_layout")


class NewerLayoutError(Exception):
    """The data was written by a newer version; the text says the way out."""

    def __init__(self, held: int, known: int) -> None:
        super().__init__(
            "a restore into this Redis has begun and not ended: run the same `make restore` again"
            if held == UNFINISHED
            else f"the data in Redis has layout {held}, this version knows {known}: "
            "run the newer version again, or restore a backup made before the upgrade"
        )


MIGRATIONS: tuple[Migration, ...] = (number_layout, add_chat_owners)
"""The n-th brings layout n to n + 1. Each may be run again after it was cut off half way."""
LAYOUT = len(MIGRATIONS)


async def stored_layout(redis: Redis) -> int:
    """Return the layout of the data, 0: from before there were numbers, or no data at all."""
    return int(await redis.execute_command("HGET", keys.STATE, "layout") or 0)


async def refuse_newer(redis: Redis, known: int = LAYOUT) -> None:
    """Raise NewerLayoutError when the data is newer than this version, RedisError when Redis is away."""
    held = await stored_layout(redis)
    if held > known:
        raise NewerLayoutError(held, known)


async def migrate(redis: Redis, owner: str, migrations: tuple[Migration, ...] = MIGRATIONS) -> int:
    """Bring the data up to the newest layout, one process at a time; return how many steps were made here.

    A process that dies in a step is replaced within seconds; one that stood still meanwhile notes nothing.

    `owner` tells this process from others. Raises NewerLayoutError and RedisError. The connection must not
    name an epoch (redis_link.connect with names_epoch=False), since that refuses newer data.
    """
    steps = 0
    lease = Lease(redis, keys.lease("layout"), owner, every_s=_LOOK_AGAIN_S)

    async def step() -> None:
        nonlocal steps
        held = await stored_layout(redis)
        if held >= len(migrations):
            return
        await migrations[held](redis)
        if await _RAISE.run(redis, [lease.key, keys.STATE], [owner, held, held + 1]):
            steps += 1
            log.info("shared.layout.brought_up", extra={"layout": held + 1})

    while await stored_layout(redis) < len(migrations):
        await lease.hold(step)
    await refuse_newer(redis, len(migrations))
    return steps
