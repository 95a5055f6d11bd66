"""Threads that are not waited for: a look-up in DNS that hangs must not keep the command from ending."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class _UnawaitedThreads(ThreadPoolExecutor):
    """Runs each call in a daemon thread of its own."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Start a thread for the call."""
        future: Future[T] = Future()
        Thread(target=_call, args=(future, fn, args, kwargs), daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the threads to end with the process."""


def _call(future: Future[T], fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(fn(*args, **kwargs))
    except BaseException as error:  # noqa: BLE001 # it is the caller's
        future.set_exception(error)


def use_unawaited_threads() -> None:
    """Let the running loop call blocking functions in such threads, DNS look-ups among them."""
    asyncio.get_running_loop().set_default_executor(_UnawaitedThreads())
