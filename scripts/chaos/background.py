"""Work that goes on during a block."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from shared.process.shutdown import cancel_and_wait


@asynccontextmanager
async def meanwhile(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do work during the block; if it failed before the block's end, its error is raised there."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        broken = task.exception() if task.done() else None
        await cancel_and_wait(task)
        if broken:
            raise broken


async def every(seconds: float) -> AsyncIterator[int]:
    """Yield 0, 1, 2 … at a steady rate, so that work which took long is caught up with."""
    due = time.monotonic()
    for number in itertools.count():
        yield number
        due += seconds
        await asyncio.sleep(max(0.0, due - time.monotonic()))
