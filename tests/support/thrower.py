"""Runs a service into whose tasks a test throws errors, each at the place where the task waits.

`WRAP` goes before the service's own command; `Thrower` is the test's side.
"""

import asyncio
import json
import os
import runpy
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

WRAP = (sys.executable, __file__)
SOCKET = "THROWER_SOCKET"
_OURS = {"services", "shared"}
_loops: list[asyncio.AbstractEventLoop] = []


@dataclass(frozen=True, slots=True)
class Thrower:
    """The tasks of one service, which was started with `environ` beside its own."""

    path: Path

    @property
    def environ(self) -> dict[str, str]:
        """What the service must find in its environment."""
        return {SOCKET: str(self.path)}

    async def tasks(self) -> set[str]:
        """Return the names of all tasks: of a supervised loop its own, else that of the function."""
        return set(await self._ask("tasks"))

    async def throw(self, error: str, task: str) -> bool:
        """Throw "ValueError" or "CancelledError" into a task; False when it does not wait now."""
        return bool(await self._ask(f"{error} {task}"))

    async def _ask(self, request: str) -> Any:
        reader, writer = await asyncio.open_unix_connection(self.path)
        writer.write(request.encode() + b"\n")
        answer = await reader.read()
        writer.close()
        return json.loads(answer)


class _NotedLoop(uvloop.Loop):
    def __init__(self) -> None:
        super().__init__()
        _loops.append(self)


def _serve(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile("rw") as file:
            error, _, name = file.readline().strip().partition(" ")
            json.dump(_in_loop(partial(_throw, error, name) if name else _names), file)


def _in_loop(call: Callable[[], Any]) -> Any:
    async def run() -> Any:
        return call()

    return asyncio.run_coroutine_threadsafe(run(), _loops[-1]).result(5)


def _names() -> list[str]:
    return [name for task in asyncio.all_tasks() if (name := _name(task))]


def _throw(error: str, name: str) -> bool:
    return any(_throw_into(task, error) for task in asyncio.all_tasks() if _name(task) == name)


def _name(task: asyncio.Task[Any]) -> str:
    """Return the name of one of our tasks; "" for another."""
    coroutine: Any = task.get_coro()
    if not _OURS & set(Path(coroutine.cr_code.co_filename).parts):
        return ""
    if coroutine.__name__ == "supervise" and coroutine.cr_frame:
        return str(coroutine.cr_frame.f_locals["name"])
    return str(coroutine.__qualname__)


def _throw_into(task: asyncio.Task[Any], error: str) -> bool:
    coroutine: Any = task.get_coro()
    if coroutine.__name__ == "supervise" and getattr(coroutine.cr_await, "__name__", "") != "_end_of":
        return False  # it pauses before the loop begins again
    future: Any = task
    while isinstance(future, asyncio.Task):
        future = getattr(future, "_fut_waiter", None)
    if future is None or future.done():
        return False
    if error == "CancelledError":
        future.cancel()
    else:
        future.set_exception(ValueError("thrown in"))
    return True


if __name__ == "__main__":
    door = socket.socket(socket.AF_UNIX)
    door.bind(os.environ[SOCKET])
    door.listen()
    uvloop.Loop = _NotedLoop  # type: ignore[misc]
    threading.Thread(target=_serve, args=(door,), daemon=True).start()
    module = sys.argv[-1]
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
