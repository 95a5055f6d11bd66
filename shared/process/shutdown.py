"""Ends tasks for certain, and lets work that must not be interrupted finish first."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

_AGAIN_S = 0.25

T = TypeVar("T")


async def cancel_and_wait(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until all have ended, also if the caller is cancelled meanwhile.

    Cancels repeatedly: in Python 3.11 `asyncio.wait_for`, which redis-py uses for each command, swallows a
    cancellation that comes in the same tick as its result.
    """
    pending = {task for task in tasks if not task.done()}
    cancelled: asyncio.CancelledError | None = None
    while pending:
        for task in pending:
            task.cancel()
        try:
            await asyncio.wait(pending, timeout=_AGAIN_S)
        except asyncio.CancelledError as error:
            cancelled = error
        pending = {task for task in pending if not task.done()}
    await asyncio.gather(*tasks, return_exceptions=True)
    if cancelled:
        raise cancelled


async def run_together(*work: Coroutine[Any, Any, None]) -> None:
    """Run all until all have ended, one fails or the caller is cancelled; none runs on after that.

    Raises the first error; one that was cancelled by something else has failed too. A TaskGroup lets the
    others run on then, and waits for ever for one that swallowed its cancellation, see `cancel_and_wait`.
    """
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        for first in asyncio.as_completed(tasks):
            await first
    finally:
        await cancel_and_wait(*tasks)


async def run_to_completion(work: Coroutine[Any, Any, T], within_s: float) -> T:
    """Run `work` to its end: a cancellation of the caller waits for it, `within_s` seconds at most.

    Raises what `work` raises; if the caller was cancelled meanwhile, CancelledError after `work` has ended.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await _ended(task, within_s)
        raise


async def _ended(task: asyncio.Task[Any], within_s: float) -> None:
    """Wait for a task, and cancel it after `within_s` seconds; `cancel_and_wait` may cancel us many times."""
    loop = asyncio.get_running_loop()
    last = loop.time() + within_s
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({task}, timeout=max(0.0, last - loop.time()) or _AGAIN_S)
        if loop.time() >= last:
            task.cancel()
    await asyncio.gather(task, return_exceptions=True)
