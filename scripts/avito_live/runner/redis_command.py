"""Runs a command on the system's Redis, wherever it is.

If the system is a `make run` that is stopped, its Redis is started for the command.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from avito_live import interruptible
from avito_live.output import tell
from avito_live.runner import configuration, embedded_redis, redis_address
from avito_live.runner.errors import NotRunningError, RunError
from avito_live.runner.folders import Folders
from avito_live.runner.installation import has_run, redis_remedy
from avito_live.runner.parts import chosen_demo
from shared.process.foreseen import is_refused_write
from shared.process.redis_trouble import in_words, said
from shared.redis import connection, layout
from shared.redis.replication import is_replicated, term_of
from shared.redis.server_run import Run, read_run

T = TypeVar("T")

_MAY_BE_LOST = (
    "Redis is just being replaced, or a replica of it does not answer: the change may be lost. Check it."
)
_REPLACED = (
    "Another Redis answers here than when this command began, or it was restarted: the change may be lost. "
    "Check it."
)


def run_on_redis(do: Callable[[Redis], Awaitable[T]]) -> T:
    """Run `do` on the system's Redis and return its result.

    Raises NotRunningError, NewerLayoutError, SettingsError, click.Abort, OSError, what `do` raises, and
    RunError, also if Redis does not answer, or does not keep what was changed.
    """
    return interruptible.run(_work(do))


@asynccontextmanager
async def system_redis() -> AsyncIterator[str]:
    """Yield the address of the system's Redis, which is started if it is that of a stopped `make run`.

    Raises NotRunningError, RunError, SettingsError, OSError.
    """
    try:
        url = redis_address.find(os.environ)
    except NotRunningError:
        home = configuration.home(os.environ)
        if not any(has_run(Folders(home, demo)) for demo in (False, True)):
            raise
        values = configuration.load(os.environ)
        folders = Folders(home, chosen_demo(values))
        if not has_run(folders):
            raise
        async with embedded_redis.of_stopped_run(home, values) as own:
            tell(f"Nothing is running here: using the Redis of `make run`, {folders.redis}.", err=True)
            yield own
    else:
        yield url


async def _work(do: Callable[[Redis], Awaitable[T]]) -> T:
    try:
        async with system_redis() as url, connection.connect(url, names_epoch=False, timeout=3) as redis:
            await layout.refuse_newer(redis)
            term, run = term_of(redis), await _run_of_server(redis)
            result = await do(redis)
            if not await is_replicated(redis, term):
                raise RunError(_MAY_BE_LOST)
            if await _run_of_server(redis) != run:
                raise RunError(_REPLACED)
            return result
    except (RedisError, ConnectionError, TimeoutError) as error:
        raise RunError(no_answer(error)) from error


async def _run_of_server(redis: Redis) -> Run:
    """Ask on a new connection who answers: an open one stays with a server that was replaced."""
    connection = redis.connection_pool.make_connection()
    try:
        await connection.connect()
        return await read_run(connection)
    finally:
        await connection.disconnect(nowait=True)


def no_answer(error: BaseException) -> str:
    """Say in one line why Redis does not answer, or does not write, and what to do."""
    if is_refused_write(error):
        return f"Redis refuses to write ({said(error)}): `make status` says what to do; then run this again."
    said_and_remedy = f"Redis does not answer: {in_words(error, remedy())}"
    return said_and_remedy if said_and_remedy.endswith("?") else f"{said_and_remedy}."


def remedy() -> str:
    """Return what to do where the Redis of this system does not answer, and does not say why."""
    return redis_remedy(configuration.load(os.environ), configuration.home(os.environ))
