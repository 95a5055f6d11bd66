"""Posts webhooks: in order within a chat, chats in parallel, with a timeout of two seconds."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any
from weakref import WeakValueDictionary

import httpx2

from avito_simulator.faults import Faults, copies

SIGNATURE_HEADER = "X-Avito-Messenger-Signature"
TIMEOUT_S = 2
AT_ONCE = 64  # postings in flight; the others wait: with 256 each costs twice the CPU, and seconds

Log = deque[dict[str, Any]]
"""The last entries, newest last: JSON objects with `at` in Unix seconds."""


@dataclass(frozen=True, slots=True)
class Event:
    """A webhook: the exact body, and ids for the log."""

    body: bytes
    chat_id: str = ""
    message_id: str = ""
    content_type: str = "application/json"


class Delivery:
    """Sends events to every subscribed URL while it is `running`. `urls` is replaced, never changed."""

    def __init__(self, faults: Faults, log: Log, rng: Random, clock: Callable[[], float]) -> None:
        self.urls: list[str] = []
        self._faults = faults
        self._log = log
        self._rng = rng
        self._clock = clock
        self._lanes: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[bool]] = set()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._http: httpx2.AsyncClient

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Accept events; at the end, give up those that are not posted yet."""
        # Receivers commonly close idle connections after 5 s: never reuse one that old.
        limits = httpx2.Limits(keepalive_expiry=3)
        transport = httpx2.AsyncHTTPTransport(limits=limits)
        async with httpx2.AsyncClient(transport=transport, timeout=None, trust_env=False) as self._http:
            try:
                yield
            finally:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)

    def publish(self, event: Event, *, late_s: float = 0.0) -> list["asyncio.Task[bool]"]:
        """Post an event to all subscribers as the switches say.

        Returns a task for each posting, which tells whether it was answered 200. With `late_s` the event
        does not keep its order within the chat.
        """
        return [
            self._spawn(event, url, late_s + more_s, in_order=in_place and not late_s)
            for url in self.urls
            for more_s, in_place in copies(self._faults.switches, self._rng)
        ]

    async def idle(self) -> None:
        """Wait until everything published so far was posted or given up."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _spawn(self, event: Event, url: str, late_s: float, *, in_order: bool) -> "asyncio.Task[bool]":
        loop = asyncio.get_running_loop()
        # A lock lets its waiters in by their order, and lives as long as one of them.
        lane = self._lanes.setdefault((url, event.chat_id), asyncio.Lock()) if in_order else asyncio.Lock()
        task = loop.create_task(self._send(event, url, loop.time() + late_s, lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _send(self, event: Event, url: str, due: float, lane: asyncio.Lock) -> bool:
        """Wait until the event is due, then post it if the URL is still subscribed."""
        async with lane:
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            async with self._turns:
                return url in self.urls and await self._post(event, url)

    async def _post(self, event: Event, url: str) -> bool:
        """One POST, logged."""
        at, started = self._clock(), time.perf_counter()
        status, error = None, None
        # It is not known how Avito signs.
        signature = f"{self._rng.getrandbits(256):064x}"
        headers = {"Content-Type": event.content_type, SIGNATURE_HEADER: signature}
        try:
            async with asyncio.timeout(TIMEOUT_S):
                response = await self._http.post(url, content=event.body, headers=headers)
            status = response.status_code
        except TimeoutError:
            error = f"no answer within {TIMEOUT_S} s"
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as failure:
            error = f"{type(failure).__name__}: {failure}"
        self._log.append(
            {
                "at": at,
                "message_id": event.message_id,
                "chat_id": event.chat_id,
                "url": url,
                "status": status,
                "error": error,
                "duration_ms": round((time.perf_counter() - started) * 1000, 2),
            }
        )
        return status == 200
