"""Runs the loops of an account in one process at a time."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.process.shutdown import run_together
from shared.process.supervise import Loop, supervise
from shared.redis.lease import Lease
from worker.accounts.context import AccountContext

log = logging.getLogger("worker")

Loops = Mapping[str, Loop]
"""Loops by the name that the log gives them."""
MakeLoops = Callable[[AccountContext, Lease], Loops]
"""Builds the loops that run for an account while the lease is held."""


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
        await run_together(*(supervise(log, name, loop) for name, loop in self.make_loops().items()))
