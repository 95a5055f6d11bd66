"""Writes all data of the system, as of one instant, to one file, and checks such a file.

Access that ended is recorded in var/access-ended.jsonl, so that a restore does not revive it.
"""

import sys
from pathlib import Path

from redis.asyncio import Redis

from avito_live.backups import archive, ended_access, live_copy, snapshot, temporary_redis, work_folder
from avito_live.backups.counts import Counts, count, faults
from avito_live.runner import redis_command
from shared import __version__
from shared.redis import connection, layout


async def find_and_back_up(path: Path, home: Path, now: float) -> archive.Label:
    """Write a backup of the system's Redis. Raises what `back_up` and `system_redis` raise."""
    async with redis_command.system_redis() as url:
        return await back_up(url, path, home, now)


async def back_up(url: str, path: Path, home: Path, now: float) -> archive.Label:
    """Write a backup of the Redis at this URL.

    Raises RunError, NewerLayoutError (also of an unfinished restore), RedisError, OSError.
    """
    async with connection.connect(url, names_epoch=False, timeout=10) as redis:
        await layout.refuse_newer(redis)
        with work_folder.opened(path.parent) as folder:
            taken = folder / "dump.rdb"
            before = await count(redis)
            database = await _take(url, redis, taken)
            after = await count(redis)
            label = archive.Label(now, __version__, archive.digest(taken), before, after, database)
            archive.write(path, taken, label)
        await ended_access.keep_up(home, redis)
    return label


async def _take(url: str, redis: Redis, path: Path) -> int:
    """Write a snapshot and return the database that has our data in it."""
    try:
        if await snapshot.take(url, path):
            print(
                "Redis wrote a copy, dump.rdb, into its own folder: `repl-diskless-sync yes` in its"
                " configuration avoids that.",
                file=sys.stderr,
            )
    except snapshot.RefusedError as refusal:
        print(
            f"{refusal}: its keys are copied one by one, and those that change meanwhile once more.",
            file=sys.stderr,
        )
        async with temporary_redis.empty() as copy_url:
            async with connection.connect(copy_url, names_epoch=False, timeout=30) as copy:
                await live_copy.copy_live(redis, copy)
            await snapshot.take(copy_url, path)
        return 0
    return int(redis.connection_pool.connection_kwargs.get("db") or 0)


async def restored(path: Path) -> tuple[archive.Label, Counts, list[str]]:
    """Return label, counts and faults of a backup. Raises RunError, OSError."""
    with archive.opened(path) as (snapshot, label):
        async with temporary_redis.started_from(snapshot, label.database) as redis:
            return label, await count(redis), await faults(redis)
