"""Posts webhooks: in order within a chat, chats in parallel, with a timeout of two seconds."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Self

import aiohttp

from avito_simulator.faults import Copy, Switches, copies
from avito_simulator.log import Log
from avito_simulator.subscriptions import Subscriptions

SIGNATURE_HEADER = "X-Avito-Messenger-Signature"
PROBE_TYPE = "application/x-www-form-urlencoded"
AT_ONCE = 256  # postings in flight; the others wait


@dataclass(frozen=True, slots=True)
class Event:
    """A webhook: the exact body, and ids for the log."""

    body: bytes
    event_id: str = ""
    chat_id: str = ""
    message_id: str = ""
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class _Posting:
    event: Event
    url: str
    due: float
    done: "asyncio.Future[bool]"


class Delivery:
    """Sends events to every subscribed URL. Use as an async context manager."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        switches: Callable[[], Switches],
        log: Log,
        rng: Random,
        clock: Callable[[], float],
    ) -> None:
        self._subscriptions = subscriptions
        self._switches = switches
        self._log = log
        self._rng = rng
        self._clock = clock
        self._lanes: dict[tuple[str, str], deque[_Posting]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._http: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        # Receivers commonly close idle connections after 5 s: never reuse one that old.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=3)
        self._http = aiohttp.ClientSession(connector=connector)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.close()

    def publish(
        self, event: Event, *, late_s: float = 0.0, in_order: bool = True
    ) -> list["asyncio.Future[bool]"]:
        """Post an event to all subscribers as the switches say.

        Returns a future for each posting, which tells whether it was answered 200. With `late_s` or
        `in_order=False` the event does not keep its order within the chat.
        """
        keeps_place = in_order and not late_s
        return [
            self._post(event, url, Copy(late_s + copy.late_s, keeps_place and copy.in_order))
            for url in self._subscriptions.urls()
            for copy in copies(self._switches(), self._rng)
        ]

    async def probe(self, url: str) -> bool:
        """Tell whether a URL answers 200 to a POST of `{}` in time."""
        event = Event(b"{}", content_type=PROBE_TYPE)
        return await self._attempt(event, url, attempt=1)

    async def idle(self) -> None:
        """Wait until everything published so far was posted or given up."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _post(self, event: Event, url: str, copy: Copy) -> "asyncio.Future[bool]":
        loop = asyncio.get_running_loop()
        posting = _Posting(event, url, loop.time() + copy.late_s, loop.create_future())
        if copy.in_order:
            self._enqueue(posting)
        else:
            self._spawn(self._send(posting))
        return posting.done

    def _enqueue(self, posting: _Posting) -> None:
        key = (posting.url, posting.event.chat_id)
        if key in self._lanes:
            self._lanes[key].append(posting)
        else:
            self._lanes[key] = deque([posting])
            self._spawn(self._drain(key))

    def _spawn(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, key: tuple[str, str]) -> None:
        lane = self._lanes[key]
        while lane:
            await self._send(lane[0])
            lane.popleft()
        del self._lanes[key]

    async def _send(self, posting: _Posting) -> None:
        """Wait until the posting is due, then try as often as the switches allow."""
        try:
            await asyncio.sleep(posting.due - asyncio.get_running_loop().time())
            async with self._turns:
                answered = await self._try(posting)
            if not posting.done.done():  # the caller may be gone
                posting.done.set_result(answered)
        finally:
            posting.done.cancel()

    async def _try(self, posting: _Posting) -> bool:
        attempt = 0
        while posting.url in self._subscriptions.urls():
            attempt += 1
            if await self._attempt(posting.event, posting.url, attempt):
                self._subscriptions.succeeded(posting.url)
                return True
            switches = self._switches()
            self._subscriptions.failed(posting.url, switches.webhook_disable_after)
            if attempt > switches.webhook_retries:
                break
            await asyncio.sleep(switches.webhook_retry_pause_s * 2 ** (attempt - 1))
        return False

    async def _attempt(self, event: Event, url: str, attempt: int) -> bool:
        """One POST, logged."""
        at, started = self._clock(), time.perf_counter()
        status, error = await self._request(event, url)
        self._log.add(
            at=at,
            event_id=event.event_id,
            message_id=event.message_id,
            chat_id=event.chat_id,
            url=url,
            attempt=attempt,
            status=status,
            error=error,
            duration_ms=round((time.perf_counter() - started) * 1000, 2),
        )
        return status == 200

    async def _request(self, event: Event, url: str) -> tuple[int | None, str | None]:
        switches = self._switches()
        timeout = aiohttp.ClientTimeout(total=switches.webhook_timeout_s)
        headers = {"Content-Type": event.content_type}
        if switches.signature == "random":
            # It is not known how Avito signs.
            headers[SIGNATURE_HEADER] = f"{self._rng.getrandbits(256):064x}"
        try:
            async with self._http.post(
                url, data=event.body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                await response.read()
                return response.status, None
        except TimeoutError:
            return None, f"no answer within {switches.webhook_timeout_s:g} s"
        except (aiohttp.ClientError, ValueError) as error:
            return None, f"{type(error).__name__}: {error}"
