"""Runs a command so that it cleans up when a signal ends it, also when its terminal is closed."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from shared.process import shutdown

T = TypeVar("T")


class CutOffError(Exception):
    """A signal ended the work before it was done."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run the work; SIGINT, SIGTERM and SIGHUP cancel it. Raises CutOffError, and what the work raises."""
    return asyncio.run(_heeding_signals(work))


def ask(read: Callable[[str], str], question: str) -> str:
    """Ask on the terminal with `input` or `getpass`. Raises CutOffError at Ctrl-C or the end of the input."""
    # `run` hears signals by its event loop, which stands still while this waits for the answer.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return read(question)
    except (KeyboardInterrupt, EOFError):
        raise CutOffError from None
    finally:
        signal.signal(signal.SIGINT, before)


async def _heeding_signals(work: Coroutine[Any, Any, T]) -> T:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
            loop.add_signal_handler(number, told.set)
    task, heard = asyncio.ensure_future(work), asyncio.create_task(told.wait())
    await asyncio.wait({task, heard}, return_when=asyncio.FIRST_COMPLETED)
    await shutdown.cancel_and_wait(heard, task) if told.is_set() else await shutdown.cancel_and_wait(heard)
    if task.cancelled():
        raise CutOffError
    return task.result()
