"""A Redis of its own, started from a snapshot, for as long as it is looked at."""

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from avito_live_run import embedded_redis
from avito_live_run.problem import ProblemError
from shared import redis_link

READY_WITHIN_S = 120.0


class NotReadableError(Exception):
    """No Redis here can read the file; the text says why."""


@asynccontextmanager
async def started_from(snapshot: Path) -> AsyncIterator[Redis]:
    """Give a client of a Redis that holds exactly what the file does. Raises NotReadableError."""
    with tempfile.TemporaryDirectory(prefix="avito-live-") as name:
        folder = Path(name)
        shutil.copyfile(snapshot, folder / "dump.rdb")
        port, password = _free_port(), secrets.token_hex(16)
        (folder / "redis.conf").write_text(
            f'bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir "{folder}"\n'
            'appendonly no\nsave ""\ndbfilename dump.rdb\n',
            encoding="utf-8",
        )
        process = _start(folder)
        try:
            url = f"redis://:{password}@127.0.0.1:{port}/0"
            async with redis_link.connect(url, names_epoch=False) as client:
                await _wait(client, process, folder)
                yield client
        finally:
            process.kill()
            process.wait(10)


def _program(folder: Path) -> str:
    try:
        return embedded_redis.choose(folder)[1]
    except ProblemError as problem:
        raise NotReadableError(str(problem)) from None


def _start(folder: Path) -> "subprocess.Popen[bytes]":
    command, environ = [_program(folder), str(folder / "redis.conf")], {"PATH": os.environ["PATH"]}
    with (folder / "redis.log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env=environ)


def _last_words(folder: Path) -> str:
    lines = (folder / "redis.log").read_text("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "no reason given"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _wait(client: Redis, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        if process.poll() is not None:
            raise NotReadableError(f"Redis cannot read the file: {_last_words(folder)}")
        try:
            await client.ping()
        except (RedisError, OSError) as error:
            if time.monotonic() > deadline:
                raise NotReadableError(f"Redis does not get ready: {error}") from None
            await asyncio.sleep(0.05)
        else:
            return
