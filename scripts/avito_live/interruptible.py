"""Runs a command so that it cleans up when a signal ends it, also when its terminal is closed."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from shared.process import shutdown

T = TypeVar("T")

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_held: list[int] = []


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run the work; SIGINT, SIGTERM and SIGHUP cancel it. Raises click.Abort, and what the work raises."""
    hold_signals()
    return asyncio.run(_heeding_signals(work))


def hold_signals() -> None:
    """Keep signals for `on_signals`: Ctrl-C breaks an event loop that is just being made."""
    _held.clear()
    for number in _ENDINGS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _: _held.append(number))


def on_signals(heard: Callable[[], None]) -> None:
    """Call `heard` at each SIGINT, SIGTERM and SIGHUP that is not ignored: nohup stays nohup."""
    for number in _ENDINGS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, heard)
    if _held:
        heard()


@contextmanager
def at_the_terminal() -> Iterator[None]:
    """Let Ctrl-C interrupt a question, which blocks the event loop that else hears signals."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


async def _heeding_signals(work: Coroutine[Any, Any, T]) -> T:
    task, endings = asyncio.ensure_future(work), list[asyncio.Task[None]]()
    on_signals(lambda: endings.append(asyncio.create_task(shutdown.cancel_and_wait(task))))
    await asyncio.wait({task})
    if task.cancelled():
        raise click.Abort
    return task.result()
