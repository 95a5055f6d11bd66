"""Drives the whole system from synchronous code, such as browser tests with Playwright's sync API."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

from testbed.system import System, running_system

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Live:
    """A running system in a thread of its own; `run(system.stop, "gateway")` awaits a coroutine there."""

    system: System
    portal: BlockingPortal

    @property
    def panel(self) -> str:
        """The panel's address."""
        return f"{self.system.url('gateway')}/admin/avito/"

    def run(self, function: Callable[..., Awaitable[T]], *args: Any, **named: Any) -> T:
        """Call a coroutine function and return its result."""
        return self.portal.call(partial(function, *args, **named))

    def chat(self, **body: Any) -> str:
        """Make a chat at the simulator and return its id."""
        return self.run(self.system.avito.chat, **body)

    def write(self, chat_id: str, text: str, **body: Any) -> str:
        """Write a message, as the buyer unless `by` says otherwise, and return its id."""
        return self.run(self.system.avito.write, chat_id, text, **body)


@contextmanager
def live_system(folder: Path, *parts: str, **more: Any) -> Iterator[Live]:
    """Yield a running system. `more`: arguments of `running_system`."""
    with (
        start_blocking_portal("asyncio") as portal,
        portal.wrap_async_context_manager(running_system(folder, *parts, **more)) as system,
    ):
        yield Live(system, portal)
