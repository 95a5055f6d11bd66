"""Restores a backup into a temporary Redis, to see that it can be restored."""

from pathlib import Path

from avito_live.backups import archive, temporary_redis
from avito_live.backups.counts import Counts, count, faults


async def restored(path: Path) -> tuple[archive.Label, Counts, list[str]]:
    """Return label, counts and faults of a backup. Raises NotABackupError, NotReadableError, OSError."""
    with archive.opened(path) as (snapshot, label):
        async with temporary_redis.started_from(snapshot) as redis:
            return label, await count(redis), await faults(redis)
