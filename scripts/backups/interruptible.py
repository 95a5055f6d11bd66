"""Runs a command's work so that it cleans up first when a signal ends it, a closed terminal's too."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from shared.process import shutdown

T = TypeVar("T")


class CutOffError(Exception):
    """A signal came before the work was done."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do the work. Raises CutOffError, and what the work raises."""
    return asyncio.run(_heeding_signals(work))


async def _heeding_signals(work: Coroutine[Any, Any, T]) -> T:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
            loop.add_signal_handler(number, told.set)
    task, heard = asyncio.ensure_future(work), asyncio.create_task(told.wait())
    await asyncio.wait({task, heard}, return_when=asyncio.FIRST_COMPLETED)
    await shutdown.end(heard, task) if told.is_set() else await shutdown.end(heard)
    if task.cancelled():
        raise CutOffError
    return task.result()
