"""A temporary Redis, started from a snapshot."""

import asyncio
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from avito_live.backups import work_folder
from avito_live.runner import embedded_redis
from avito_live.runner.ports import free_port
from avito_live.runner.process import start_tied
from shared.redis import connection

READY_WITHIN_S = 120.0


class NotReadableError(Exception):
    """No Redis on this machine can read the file; the message says why."""


@asynccontextmanager
async def started_from(snapshot: Path) -> AsyncIterator[Redis]:
    """Yield a client of a Redis that holds exactly the data of the file. Raises NotReadableError.

    An older Redis cannot read the file of a newer one, so every Redis on this machine is tried.
    """
    refusals: list[str] = []
    for program in embedded_redis.programs():
        with work_folder.opened() as folder:
            shutil.copyfile(snapshot, folder / "dump.rdb")
            process, url = _start(program, folder)
            try:
                async with connection.connect(url, names_epoch=False) as client:
                    if refusal := await _refusal(client, process, folder):
                        refusals.append(refusal)
                        continue
                    yield client
                    return
            finally:
                process.kill()
                process.wait(10)
    reasons = "; ".join(refusals) or "none is installed: install redis-server"
    raise NotReadableError(f"no Redis on this machine can read the file: {reasons}")


def _start(program: str, folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    port, password = free_port(), secrets.token_hex(16)
    (folder / "redis.conf").write_text(
        f'bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir "{folder}"\n'
        'appendonly no\nsave ""\ndbfilename dump.rdb\n',
        encoding="utf-8",
    )
    with (folder / "redis.log").open("wb") as log:
        process = start_tied((program, str(folder / "redis.conf")), {"PATH": os.environ["PATH"]}, output=log)
    return process, f"redis://:{password}@127.0.0.1:{port}/0"


def _last_words(folder: Path) -> str:
    lines = (folder / "redis.log").read_text("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "no reason given"


async def _refusal(client: Redis, process: subprocess.Popen[bytes], folder: Path) -> str:
    """Wait until it is ready; return '', or why it does not get ready."""
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        if process.poll() is not None:
            return _last_words(folder)
        try:
            await client.ping()
        except (RedisError, OSError) as error:
            if time.monotonic() > deadline:
                return f"it does not get ready: {error}"
            await asyncio.sleep(0.05)
        else:
            return ""
