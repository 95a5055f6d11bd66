"""Ends tasks for certain."""

import asyncio
from typing import Any

_AGAIN_S = 0.25


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until each has ended, however it ends.

    Cancels again and again: Python 3.11's `asyncio.wait_for`, which redis-py uses for each command, swallows
    a cancellation that comes in the same tick as its result.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_AGAIN_S)
    await asyncio.gather(*tasks, return_exceptions=True)
