"""Runs the loops of an account in one process at a time."""

import logging
from collections.abc import Callable, Mapping

from shared.process.shutdown import run_together
from shared.process.supervise import Loop, supervise
from shared.redis.lease import Lease

log = logging.getLogger("worker")

Loops = Mapping[str, Loop]
"""Loops by the name that the log gives them."""


async def lead_for_ever(lease: Lease, make_loops: Callable[[], Loops]) -> None:
    """Wait for the lease, then run the loops, made afresh, until it is lost. Raises RedisError."""

    async def run_loops() -> None:
        await run_together(*(supervise(log, name, loop) for name, loop in make_loops().items()))

    while True:
        await lease.run_while_held(run_loops)
