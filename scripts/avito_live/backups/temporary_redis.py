"""A temporary Redis, started from a snapshot."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis

from avito_live.backups import work_folder
from avito_live.runner import embedded_redis
from avito_live.runner.errors import RunError
from shared.redis import connection


@asynccontextmanager
async def started_from(snapshot: Path) -> AsyncIterator[Redis]:
    """Yield a client of a Redis that holds exactly the data of the file. Raises RunError.

    An older Redis cannot read the file of a newer one, so every Redis on this machine is tried.
    """
    refusals: list[str] = []
    for program in embedded_redis.programs():
        with work_folder.opened() as folder:
            shutil.copyfile(snapshot, folder / "dump.rdb")
            log = folder / "redis.log"
            part = embedded_redis.configured(folder, program, "--appendonly", "no")
            async with embedded_redis.running(part, log) as trouble:
                if trouble:
                    refusals += log.read_text("utf-8", "replace").strip().splitlines()[-1:]
                    continue
                async with connection.connect(part.ready_url, names_epoch=False) as client:
                    yield client
                    return
    reasons = "; ".join(refusals) or "none is installed: install redis-server"
    raise RunError(f"no Redis on this machine can read the file: {reasons}")
