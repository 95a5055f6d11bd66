"""A temporary Redis: one that was started from a snapshot, or an empty one."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis

from avito_live.backups import work_folder
from avito_live.runner import embedded_redis
from avito_live.runner.errors import RunError
from shared.redis import connection

_DATABASES = ("--databases", "4096")  # a snapshot has all databases of its Redis, by default 16
_WRITER = re.compile(rb"(redis|valkey)-ver.([0-9.]+)", re.DOTALL)


@asynccontextmanager
async def started_from(snapshot: Path, database: int = 0) -> AsyncIterator[Redis]:
    """Yield a client of a Redis that holds exactly the data of the file. Raises RunError.

    An older Redis cannot read the file of a newer one, so every Redis on this machine is tried.
    """
    refusals: list[str] = []
    for program in embedded_redis.programs():
        with work_folder.opened() as folder:
            shutil.copyfile(snapshot, folder / "dump.rdb")
            log = folder / "redis.log"
            part = embedded_redis.configured(folder, program, "--appendonly", "no", *_DATABASES)
            async with embedded_redis.running(part, log) as trouble:
                if trouble:
                    refusals += log.read_text("utf-8", "replace").strip().splitlines()[-1:]
                    continue
                url = f"{part.ready_url.removesuffix('/0')}/{database}"
                async with connection.connect(url, names_epoch=False) as client:
                    yield client
                    return
    reasons = "; ".join(refusals) or "none is installed: install redis-server"
    raise RunError(f"no Redis on this machine can read the file{_writer(snapshot)}: {reasons}")


@asynccontextmanager
async def empty() -> AsyncIterator[str]:
    """Yield the URL of an empty Redis. Raises RunError."""
    with work_folder.opened() as folder:
        programs = embedded_redis.programs()
        if not programs:
            raise RunError("no Redis was found on this machine: install redis-server")
        part = embedded_redis.configured(folder, programs[0], "--appendonly", "no")
        async with embedded_redis.running(part) as trouble:
            if trouble:
                raise RunError(f"the Redis on this machine does not get ready: {trouble}")
            yield part.ready_url


def _writer(snapshot: Path) -> str:
    """Name the Redis to install, by the head of its file."""
    with snapshot.open("rb") as file:
        found = _WRITER.search(file.read(128))
    return f", which {found[1].decode()} {found[2].decode()} wrote (install that one)" if found else ""
