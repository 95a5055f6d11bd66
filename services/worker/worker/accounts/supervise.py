"""Keeps a loop alive: what breaks is said, then it is started again."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from redis.exceptions import RedisError

log = logging.getLogger("worker")


_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 1.0
_SETTLED_S = 5.0


async def supervise(work: Callable[[], Awaitable[None]], name: str) -> None:
    """Run a loop for ever: while Redis is away wait and come back, whatever else happens is said."""
    pause = _FIRST_PAUSE_S
    while True:
        started = time.monotonic()
        try:
            await work()
        except (RedisError, OSError) as error:
            log.warning("worker.redis_away", extra={"loop": name, "reason": str(error), "pause_s": pause})
        except Exception:
            log.exception("worker.loop_failed", extra={"loop": name})
        pause = (
            _FIRST_PAUSE_S if time.monotonic() - started > _SETTLED_S else min(_LONGEST_PAUSE_S, pause * 2)
        )
        await asyncio.sleep(pause)
