"""Waits for conditions, and work that goes on meanwhile."""

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from shared.process.shutdown import cancel_and_wait

_SHARE_BETWEEN_LOOKS = 0.02
"""Of the time waited, so that a long wait costs few looks."""
_Errors = tuple[type[Exception], ...]


async def until(
    condition: Callable[[], Any], within: float = 20.0, every: float = 0.02, *, forgiven: _Errors = ()
) -> Any:
    """Return the condition's value, awaited if necessary, once it is true; fail if it is not in time.

    `every`: seconds between looks, more if it takes long. While the condition raises a `forgiven` error, it
    is not true; the failure names the error of the last look.
    """
    began = time.monotonic()
    while True:
        trouble: Exception | None = None
        try:
            value = condition()
            if inspect.isawaitable(value):
                value = await value
            if value:
                return value
        except forgiven as error:
            trouble = error
        waited = time.monotonic() - began
        if waited > within:
            raise _failure(condition, within, trouble) from trouble
        await asyncio.sleep(max(every, waited * _SHARE_BETWEEN_LOOKS))


def _failure(condition: Callable[[], Any], within: float, trouble: Exception | None) -> AssertionError:
    last = f"; the last look raised {trouble!r}" if trouble else ""
    return AssertionError(f"not true within {within} s: {_described(condition)}{last}")


def _described(condition: Callable[[], Any]) -> str:
    if isinstance(condition, partial):
        return f"{condition.func.__name__}{condition.args}"
    try:
        return inspect.getsource(condition).strip()
    except (OSError, TypeError):  # one that is built in
        return repr(condition)


def eventually(
    condition: Callable[[], Any], within: float = 20.0, every: float = 0.05, *, forgiven: _Errors = ()
) -> Any:
    """The same without an event loop."""
    began = time.monotonic()
    while True:
        trouble: Exception | None = None
        try:
            if value := condition():
                return value
        except forgiven as error:
            trouble = error
        waited = time.monotonic() - began
        if waited > within:
            raise _failure(condition, within, trouble) from trouble
        time.sleep(max(every, waited * _SHARE_BETWEEN_LOOKS))


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
