"""Shows the state of the running system."""

import asyncio
import os
import time
from contextlib import suppress

import click
from redis.exceptions import RedisError

from avito_live.runner import redis_address
from avito_live.runner.errors import NotRunningError
from shared.redis import connection
from shared.status import read_status


@click.command
def status() -> int:
    """Show the state of the running system.

    Exit code 1 if it is down or not running.
    """
    try:
        now = asyncio.run(read(redis_address.find(os.environ)))
    except NotRunningError as error:
        click.echo(error)
        return 1
    except (RedisError, OSError, ValueError) as error:
        click.echo(f"Redis does not answer ({error}): start the system with `make run`, or check REDIS_URL.")
        return 1
    with suppress(BrokenPipeError):  # the reader may stop early: make status | head -3
        print("\n".join(lines(now)), flush=True)
    return 1 if now["status"] == "down" else 0


async def read(url: str) -> dict[str, object]:
    """Return the status of the system with the Redis at this URL. Raises RedisError, OSError."""
    async with connection.connect(url, names_epoch=False, timeout=3) as redis:
        return await read_status(redis, time.time())


def lines(now: dict[str, object], name: str = "") -> list[str]:
    """Return the status as lines `name  value`; an unknown value is "-"."""
    shown: list[str] = []
    for word, value in now.items():
        if isinstance(value, dict):
            shown += lines(value, f"{name}{word}.")
        elif isinstance(value, list):
            shown += [f"{name + word:<24} {item}" for item in value]
        else:
            shown.append(f"{name + word:<24} {_readable(word, value)}")
    return shown


def _readable(word: str, value: object) -> str:
    if word.endswith("_at") and isinstance(value, int | float):
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(value))
    return "-" if value is None else str(value)
