"""Waits for a condition instead of sleeping for a fixed time."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any


async def until(condition: Callable[[], Any], within: float = 20.0, every: float = 0.02) -> Any:
    """Return the condition's value, awaited if necessary, once it is true; fail if it is not in time."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {within} s: {inspect.getsource(condition).strip()}")
        await asyncio.sleep(every)


def eventually(condition: Callable[[], Any], within: float = 20.0, every: float = 0.05) -> Any:
    """The same without an event loop."""
    deadline = time.monotonic() + within
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not true within {within} s"
        time.sleep(every)
    return value
