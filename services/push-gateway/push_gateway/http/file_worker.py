"""Works on uploaded files in a thread of its own, so that logins never wait for them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

Asked = ParamSpec("Asked")
Done = TypeVar("Done")


class FileWorker:
    """One thread: more would not be faster, and each would take the event loop's turns."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "files")

    async def run(self, function: Callable[Asked, Done], *args: Asked.args, **more: Asked.kwargs) -> Done:
        """Call a function in the thread. Each request has at most one call there at a time."""
        return await asyncio.wrap_future(self._thread.submit(function, *args, **more))

    def close(self, function: Callable[[], object]) -> None:
        """Call a function that frees what earlier calls have used, after them."""
        self._thread.submit(function)
