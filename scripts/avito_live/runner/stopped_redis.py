"""The Redis of a `make run` that is stopped, started for the time that a command needs it."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from avito_live.runner import embedded_redis, lock
from avito_live.runner.errors import RunError
from avito_live.runner.folders import Folders
from avito_live.runner.plan import read_plan
from avito_live.runner.process import start_tied
from avito_live.runner.readiness import wait_until_ready

_READY_WITHIN_S = 120.0
_ENDS_WITHIN_S = 60.0


@asynccontextmanager
async def started(home: Path, values: Mapping[str, str]) -> AsyncIterator[str]:
    """Yield its URL; `make run` cannot start meanwhile. Raises RunError, SettingsError, OSError."""
    os.umask(0o077)  # it holds buyers' messages: readable by this user only
    folders = Folders(home, read_plan(values).demo)
    locks = (lock.take_run(folders), lock.take_data(folders.redis))
    part = embedded_redis.in_folder(folders.redis, locks[1])
    process = start_tied(part.command, part.environ, keeps_open=part.keeps_open)
    try:
        if trouble := await wait_until_ready(part.ready_url, _READY_WITHIN_S):
            raise RunError(f"the Redis in {folders.redis} does not get ready: {trouble}")
        yield part.ready_url
    finally:
        process.terminate()  # it saves its data first
        process.wait(_ENDS_WITHIN_S)
        for held in locks:
            os.close(held)
