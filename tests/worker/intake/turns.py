"""How long the loop is held at a stretch."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from shared.process.shutdown import cancel_and_wait

_EVERY_S = 0.001


@dataclass(slots=True)
class LongestTurn:
    """CPU seconds of the longest time in which another task of the loop had to wait."""

    longest: float = 0.0


@asynccontextmanager
async def longest_turn() -> AsyncIterator[LongestTurn]:
    """Measure during the block."""
    turn = LongestTurn()

    async def watch() -> None:
        while True:
            began = time.thread_time()
            await asyncio.sleep(_EVERY_S)
            turn.longest = max(turn.longest, time.thread_time() - began)

    watching = asyncio.ensure_future(watch())
    try:
        yield turn
    finally:
        await cancel_and_wait(watching)
