"""Shows the state of the running system."""

import asyncio
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import click
from redis.exceptions import RedisError

from avito_live.output import tell
from avito_live.runner import redis_address
from avito_live.runner.errors import RunError
from avito_live.runner.redis_command import no_answer
from shared.printable import printable
from shared.redis import connection
from shared.redis.info import ALARM_TEXTS
from shared.status import read_status


@click.command
def status() -> int:
    """Show the state of the running system.

    Exit code 1 if it is down or not running.
    """

    async def read() -> dict[str, Any]:
        url = redis_address.find(os.environ)
        async with connection.connect(url, names_epoch=False, timeout=3) as redis:
            return await read_status(redis, time.time())

    try:
        now = asyncio.run(read())
    except (RedisError, OSError) as error:
        raise RunError(no_answer(error)) from None
    with suppress(BrokenPipeError):  # the reader may stop early: make status | head -3
        tell("\n".join(map(printable, _lines(now))))
    return 1 if now["status"] == "down" else 0


def _lines(now: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Return the status as lines `name  value`; an unknown value is "-"."""
    lines: list[str] = []
    for word, value in now.items():
        name = prefix + word
        if isinstance(value, dict):
            lines += _lines(value, f"{name}.")
            continue
        if word.endswith("_at") and value is not None:
            value = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(value))  # noqa: PLW2901
        if name == "alarms":
            value = [f"{one}: {ALARM_TEXTS.get(one, '')}" for one in value or ()]  # noqa: PLW2901
        values = value if isinstance(value, list) else ["-" if value is None else value]
        lines += [f"{name:<24} {one}" for one in values]
    return lines
