"""A temporary Redis, started from a snapshot."""

import os
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis

from avito_live.backups import work_folder
from avito_live.runner import embedded_redis
from avito_live.runner.errors import RunError
from avito_live.runner.ports import free_port
from avito_live.runner.process import start_tied
from avito_live.runner.readiness import wait_until_ready
from shared.redis import connection

_READY_WITHIN_S = 120.0
_CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
appendonly no
save ""
dbfilename dump.rdb
"""


@asynccontextmanager
async def started_from(snapshot: Path) -> AsyncIterator[Redis]:
    """Yield a client of a Redis that holds exactly the data of the file. Raises RunError.

    An older Redis cannot read the file of a newer one, so every Redis on this machine is tried.
    """
    refusals: list[str] = []
    for program in embedded_redis.programs():
        with work_folder.opened() as folder:
            shutil.copyfile(snapshot, folder / "dump.rdb")
            port, password = free_port(), secrets.token_hex(16)
            conf, log = folder / "redis.conf", folder / "redis.log"
            conf.write_text(_CONFIGURATION.format(port=port, password=password, folder=folder), "utf-8")
            with log.open("wb") as output:
                process = start_tied((program, str(conf)), {"PATH": os.environ["PATH"]}, output=output)
            url = f"redis://:{password}@127.0.0.1:{port}/0"
            try:
                if await wait_until_ready(url, _READY_WITHIN_S, lambda: process.poll() is None):  # noqa: B023
                    refusals += log.read_text("utf-8", "replace").strip().splitlines()[-1:]
                    continue
                async with connection.connect(url, names_epoch=False) as client:
                    yield client
                    return
            finally:
                process.kill()
                process.wait(10)
    reasons = "; ".join(refusals) or "none is installed: install redis-server"
    raise RunError(f"no Redis on this machine can read the file: {reasons}")
