"""How long the loop is held at a stretch."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from shared.process.shutdown import cancel_and_wait
from tests.support.yardstick import slowness

_EVERY_S = 0.001
_MATTERS_S = 0.01


@dataclass(slots=True)
class LongestTurn:
    """The longest time in which another task of the loop had to wait, in CPU seconds of a calm machine."""

    calm_s: float = 0.0


@asynccontextmanager
async def longest_turn() -> AsyncIterator[LongestTurn]:
    """Measure during the block."""
    turn = LongestTurn()

    async def watch() -> None:
        slow = slowness()
        while True:
            began = time.thread_time()
            await asyncio.sleep(_EVERY_S)
            computed_s = time.thread_time() - began
            if computed_s > _MATTERS_S:
                before, slow = slow, slowness()
                turn.calm_s = max(turn.calm_s, computed_s / max(before, slow))

    watching = asyncio.ensure_future(watch())
    try:
        yield turn
    finally:
        await cancel_and_wait(watching)
