"""What the commands that work on the running system's Redis share: finding it, saying why not."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError

import find_redis
from shared import redis_link
from shared.settings import SettingsError, exit_with


class CannotError(Exception):
    """What was asked cannot be done; the text says why."""


def work(do: Callable[[Redis], Awaitable[int]]) -> int:
    """Run `do` on the running system's Redis; returns its exit code, 1 with one plain line when it cannot."""
    try:
        url = find_redis.find(os.environ)
        return asyncio.run(_on(url, do))
    except SettingsError as error:
        exit_with(error)
    except (find_redis.NotRunningError, CannotError) as error:
        sys.stderr.write(f"{error}\n")
    except (RedisError, OSError, ValueError) as error:
        sys.stderr.write(f"Redis does not answer ({error}): start the system, or check REDIS_URL.\n")
    return 1


async def _on(url: str, do: Callable[[Redis], Awaitable[int]]) -> int:
    async with redis_link.connect(url, names_epoch=False, timeout=3) as redis:
        return await do(redis)
