"""A time limit inside the task of an async test, so that its fixtures still end.

pytest-timeout raises wherever the loop happens to be; anyio's runner, which all async tests share, can then
be lost to every test that follows.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

import pytest

SHARE = 0.8
"""The share of pytest-timeout's limit; the rest is for set-up and tear-down."""

AsyncTest = Callable[..., Coroutine[Any, Any, None]]


def limit_of(item: pytest.Function) -> float:
    """Return the seconds that pytest-timeout allows the whole test."""
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0] if marker else item.config.getini("timeout"))


def limited(test: AsyncTest, seconds: float) -> AsyncTest:
    """Return the test, ended by TimeoutError after that time."""

    @wraps(test)
    async def run(*args: Any, **kwargs: Any) -> None:
        async with asyncio.timeout(seconds):
            await test(*args, **kwargs)

    return run


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, bool | None, bool | None]:
    """Apply the limit to each async test; Hypothesis has its own."""
    if iscoroutinefunction(pyfuncitem.obj) and not hasattr(pyfuncitem.obj, "hypothesis"):
        pyfuncitem.obj = limited(pyfuncitem.obj, limit_of(pyfuncitem) * SHARE)
    return (yield)
