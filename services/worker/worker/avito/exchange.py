"""Makes one call: waits for a permit, sends the request, tells all workers what follows."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import httpx2
from prometheus_client import CollectorRegistry, Counter, Histogram

from worker.avito.backpressure import (
    Ended,
    Limits,
    health_after,
    health_words,
    pause_after,
    read_limits,
    seconds_open,
)
from worker.avito.errors import AvitoError, Unavailable, Unknown
from worker.avito.rate_limit import Backpressure, CallRateLimiter, Permit, Priority, TimeAndChance
from worker.avito.requests import CHATS, Operation, Request
from worker.avito.responses import AvitoResponse, hides_texts, read_response, unreadable_error
from worker.avito.transport import send
from worker.messages.message import Unreadable

log = logging.getLogger("worker.avito")

_READ_AT_ONCE = 16 * 1024
"""Bytes of a body that is read at once; a page of long messages takes tens of milliseconds in a thread."""
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_NO_LIMITS = Limits()

T = TypeVar("T")
BeforeSend = Callable[[], Awaitable[None]]
Read: TypeAlias = Callable[[Any, float], T]
"""Reads parsed JSON, given when the request began (Unix s); raises Unreadable."""


@dataclass(frozen=True, slots=True)
class Urgency:
    """The class of a call, and for how many seconds it waits for its permit.

    `before_send` runs each time a request is about to leave, with token and permit; what it raises stops it.
    `within_s`: see Request.
    """

    priority: Priority
    patience_s: float
    before_send: BeforeSend | None = None
    within_s: float = math.inf


class CallMetrics:
    """Calls of one process. `status`: the HTTP status, or unreachable, cut, silent, cancelled.

    A status of success that is none is `unreadable`, or `refused` where the body says so.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Counter(
            "avito_live_avito_calls_total", "Calls to Avito's API", ["operation", "status"], registry=registry
        )
        self._seconds = Histogram(
            "avito_live_avito_call_seconds",
            "Time until Avito answered",
            ["operation"],
            buckets=_BUCKETS,
            registry=registry,
        )

    def record(self, operation: Operation, status: str, seconds: float) -> None:
        """Count and log one call that has ended."""
        self._calls.labels(operation.name, status).inc()
        self._seconds.labels(operation.name).observe(seconds)
        fields = {"method": operation.method, "path": operation.path, "status": status}
        level = logging.DEBUG if status == "200" else logging.WARNING  # sweeps would drown the rest
        log.log(level, "worker.avito.call", extra=fields | {"ms": round(seconds * 1000, 1)})


@dataclass(frozen=True, slots=True)
class Exchange:
    """One per process, shared by all callers. `patience` scales the time-outs."""

    http: httpx2.AsyncClient
    limiter: CallRateLimiter
    metrics: CallMetrics
    world: TimeAndChance
    patience: float = 1.0

    async def make(
        self, request: Request, read: Read[T], urgency: Urgency, token: str = "", *, judged: bool = True
    ) -> T:
        """Make the call once, within the rate limit, and read what Avito answered.

        Raises AvitoError for anything but a success that `read` can read. `judged`: a refusal is not the
        token's fault.
        """
        permit = await self.limiter.wait(
            request.operation.name, urgency.priority, urgency.patience_s, self.world
        )
        if urgency.before_send is not None:
            await self._prepare(urgency.before_send, permit)
        started = self.world.ticks()
        course = _Course(self.world.now(), judged)
        try:
            return await self._run(request, read, token, permit, course)
        except AvitoError as error:
            course.failed = error
            raise
        finally:
            self.metrics.record(request.operation, course.outcome, self.world.ticks() - started)
            if course.ended:
                await self._tell_all(request.operation, permit, course)

    async def _prepare(self, before_send: BeforeSend, permit: Permit) -> None:
        try:
            await before_send()
        except BaseException:
            await self.limiter.give_back(permit)  # else others wait for the end of a probe that never left
            raise

    async def _run(self, request: Request, read: Read[T], token: str, permit: Permit, course: "_Course") -> T:
        response = course.response = await self._send(request, token)
        course.limits = read_limits(response.headers, self.world.now())
        course.denials = permit.denials + 1 if response.status == 429 else 0
        course.pause_s = pause_after(response.status, course.limits, course.denials, self.world.chance())
        if len(response.body) <= _READ_AT_ONCE:
            return _read(request.operation, response, read, course)
        return await asyncio.to_thread(_read, request.operation, response, read, course)

    async def _send(self, request: Request, token: str) -> AvitoResponse:
        asked = self.world.now()
        within_s = min(request.operation.timeout_s, request.within_s) * self.patience
        response, body = await send(self.http, request, token, within_s)
        return AvitoResponse(response.status_code, response.headers, body, asked)

    async def _tell_all(self, operation: Operation, permit: Permit, course: "_Course") -> None:
        now = self.world.now()
        began = max(course.began, self.limiter.answered_at)
        ended = Ended(operation, course.failed, now, began, course.judged, course.hidden)
        health = health_after(permit.health, ended)
        if health.failures == 0:
            self.limiter.answered_at = now
        open_s = seconds_open(health, self.world.chance())
        shown = health_words(health, now)
        pressure = Backpressure(health, shown, course.pause_s, open_s, course.denials, course.limits)
        await self.limiter.apply(permit, pressure, self.world.ticks())


@dataclass(slots=True)
class _Course:
    """How one call went."""

    began: float
    judged: bool
    hidden: bool = False
    response: AvitoResponse | None = None
    failed: AvitoError | None = None
    limits: Limits = _NO_LIMITS
    denials: int = 0
    pause_s: float = 0.0

    @property
    def ended(self) -> bool:
        """Whether it was not cancelled half way."""
        return self.response is not None or self.failed is not None

    @property
    def outcome(self) -> str:
        """The status as logs and metrics say it."""
        if self.response is not None and self.failed is not None and 200 <= self.response.status < 300:
            return "unreadable" if isinstance(self.failed, Unavailable | Unknown) else "refused"
        if self.response is not None:
            return str(self.response.status)
        return "cancelled" if self.failed is None else getattr(self.failed, "how", "unreachable")


def _read(operation: Operation, response: AvitoResponse, read: Read[T], course: _Course) -> T:
    data = read_response(operation, response, course.pause_s)
    course.hidden = operation is CHATS and hides_texts(data)
    try:
        return read(data, response.asked)
    except Unreadable:
        raise unreadable_error(operation, response) from None
