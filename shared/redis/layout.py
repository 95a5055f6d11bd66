"""The layout of the data in Redis, and its migration when a worker starts.

Its number is in keys.STATE as `layout`. A process older than the data does not touch it: workers and gateways
refuse to start, and new connections are refused too (lua/open_epoch.lua), in case the data is migrated while
an old process still runs.
"""

import logging
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.command_names import named_for_here
from shared.redis import keys
from shared.redis.errors import NewerLayoutError
from shared.redis.lease import Lease
from shared.redis.lua import scripts
from shared.redis.lua.constants import UNFINISHED_LAYOUT
from shared.redis.migrations import add_chat_owners, number_layout

log = logging.getLogger("shared.layout")

Migration = Callable[[Redis], Awaitable[None]]

_RETRY_S = 0.5


class OlderLayoutError(RedisError):
    """No worker has migrated the data yet; it is tried again, like all errors of Redis."""

    def __init__(self, stored: int, known: int) -> None:
        super().__init__(f"the data in Redis has layout {stored}: a worker brings it to {known}")


MIGRATIONS: tuple[Migration, ...] = (number_layout, add_chat_owners)
"""The n-th migrates layout n to n + 1. Each may be run again after it was interrupted."""
LAYOUT = len(MIGRATIONS)


async def stored_layout(redis: Redis) -> int:
    """Return the layout of the data; 0: from before layouts had numbers, or no data at all."""
    return int(await redis.hget(keys.STATE, "layout") or 0)


async def refuse_newer(redis: Redis, known: int = LAYOUT) -> None:
    """Raise NewerLayoutError when the data is newer than this version; RedisError when Redis is away."""
    stored = await stored_layout(redis)
    if stored > known:
        raise NewerLayoutError(
            named_for_here(
                "a restore into this Redis has begun and not ended: run the same `make restore` again"
            )
            if stored == UNFINISHED_LAYOUT
            else f"the data in Redis has layout {stored}, this version knows {known}: "
            "run the newer version again, or restore a backup made before the upgrade"
        )


async def refuse_older(redis: Redis, known: int = LAYOUT) -> None:
    """Raise OlderLayoutError while the data waits for its migration; RedisError when Redis is away."""
    stored = await stored_layout(redis)
    if 0 < stored < known:
        raise OlderLayoutError(stored, known)


async def migrate(redis: Redis, owner: str, migrations: tuple[Migration, ...] = MIGRATIONS) -> int:
    """Migrate the data to the newest layout, one process at a time; return how many steps were made here.

    A process that dies in a step is replaced within seconds; one that was suspended records nothing.

    `owner` identifies this process. Raises NewerLayoutError and RedisError. The connection must not open an
    epoch (shared.redis.connection.connect with names_epoch=False), since that refuses newer data.
    """
    steps = 0
    lease = Lease(redis, keys.lease("layout"), owner, every_s=_RETRY_S)

    async def step() -> None:
        nonlocal steps
        stored = await stored_layout(redis)
        if stored >= len(migrations):
            return
        await migrations[stored](redis)
        raising = scripts.raise_layout(lease_key=lease.key, owner=owner, before=stored, after=stored + 1)
        if await raising.run(redis):
            steps += 1
            log.info("shared.layout.brought_up", extra={"layout": stored + 1})

    while await stored_layout(redis) < len(migrations):
        await lease.run_while_held(step)
    await refuse_newer(redis, len(migrations))
    return steps
