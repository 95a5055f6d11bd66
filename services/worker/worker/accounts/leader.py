"""Runs the loops of an account in one process at a time, each kept alive."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from redis.exceptions import RedisError

from shared.process.shutdown import run_together
from shared.redis.lease import Lease
from worker.accounts.context import AccountContext

log = logging.getLogger("worker")

Loop = Callable[[], Awaitable[None]]
Loops = Mapping[str, Loop]
"""Loops by the name that the log gives them."""
MakeLoops = Callable[[AccountContext, Lease], Loops]
"""Builds the loops that run for an account while the lease is held."""

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 1.0
_SETTLED_S = 5.0


@dataclass(frozen=True, slots=True)
class Leader:
    """One process' claim to lead an account. `make_loops` is called each time it begins to lead."""

    lease: Lease
    make_loops: Callable[[], Loops]

    async def lead_for_ever(self) -> None:
        """Wait for the lease, then run the loops until it is lost. Raises RedisError; call again."""
        while True:
            await self.lease.run_while_held(self._run_loops)

    async def _run_loops(self) -> None:
        await run_together(*(supervise(loop, name) for name, loop in self.make_loops().items()))


async def supervise(loop: Loop, name: str) -> None:
    """Run a loop for ever: log what ends it and start it again after a pause, so also while Redis is away."""
    pause = _FIRST_PAUSE_S
    while True:
        started = time.monotonic()
        try:
            await loop()
        except (RedisError, OSError) as error:
            log.warning("worker.redis_away", extra={"loop": name, "reason": str(error), "pause_s": pause})
        except Exception:
            log.exception("worker.loop_failed", extra={"loop": name})
        pause = (
            _FIRST_PAUSE_S if time.monotonic() - started > _SETTLED_S else min(_LONGEST_PAUSE_S, pause * 2)
        )
        await asyncio.sleep(pause)
