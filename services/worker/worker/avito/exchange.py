"""Makes one call: leave from the budget, there and back, what follows from it for all workers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from prometheus_client import CollectorRegistry, Counter, Histogram

from shared import __version__
from worker.avito.backpressure import Limits, after, open_for, pause_after, read_limits
from worker.avito.errors import AvitoError, RateLimited, Unavailable, Unknown
from worker.avito.rate_limit import Budget, Heed, Permit, Priority
from worker.avito.requests import PICTURE_FIELD, Operation, Request
from worker.avito.responses import AvitoResponse, read_response

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class CallMetrics:
    """Counters of one process. `status`: the HTTP status, or refused, cut, silent, unreadable."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Counter(
            "avito_live_avito_calls_total",
            "Calls to Avito's API",
            ["operation", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "avito_live_avito_call_seconds",
            "Time until Avito answered",
            ["operation"],
            buckets=_BUCKETS,
            registry=registry,
        )

    def call(self, operation: str, status: str, seconds: float) -> None:
        """Count one call that came to its end."""
        self._calls.labels(operation, status).inc()
        self._seconds.labels(operation).observe(seconds)


CONNECT_TIMEOUT_S = 3.0
KEEP_ALIVE_S = (
    4.0  # shorter than any server's: a connection closed while a send goes out is an unknown outcome
)
_LARGEST_BODY = 16 * 2**20
_CONNECTIONS = 100
"""More than there are slots for jobs (shared/wires/jobs.py) and loops, so that no call waits for one."""


class Transport:
    """One per process; an async context manager. `clock`: Unix seconds. `patience` scales time-outs."""

    def __init__(self, base_url: str, clock: Callable[[], float], patience: float = 1.0) -> None:
        limits = httpx.Limits(
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS,
            keepalive_expiry=KEEP_ALIVE_S,
        )
        self._client = httpx.AsyncClient(
            base_url=base_url,
            transport=AiohttpTransport(limits=limits),
            headers={"User-Agent": f"avito-live/{__version__}", "Accept": "application/json"},
            follow_redirects=False,
            trust_env=False,
        )
        self._clock = clock
        self._patience = patience

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def exchange(self, request: Request, token: str = "") -> AvitoResponse:
        """Return Avito's answer, whatever its status.

        Raises Unavailable when nothing was sent, or nothing but an answer is lost; Unknown when something
        that changes things was sent and no answer came.
        """
        asked = self._clock()
        operation = request.operation
        total = operation.timeout_s * self._patience
        connect = min(CONNECT_TIMEOUT_S, total)
        http_request = self._build(request, token, httpx.Timeout(total, connect=connect, pool=connect))
        try:
            async with asyncio.timeout(total):
                await http_request.aread()
                response = await self._client.send(http_request, stream=True)
                try:
                    body = await _read_bounded(response)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, aiohttp.ClientError, TimeoutError, OSError) as error:
            # The text of these errors may name addresses; ours says what counts.
            raise without_answer(operation, error) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        return AvitoResponse(response.status_code, headers, body, asked)

    def _build(self, request: Request, token: str, timeout: httpx.Timeout) -> httpx.Request:
        picture = request.picture
        return self._client.build_request(
            request.operation.method,
            request.path,
            params=dict(request.query) or None,
            json=request.json,
            data=dict(request.form) or None,
            files={PICTURE_FIELD: (picture.name, picture.data, picture.content_type)} if picture else None,
            headers={"Authorization": f"Bearer {token}"} if token else None,
            timeout=timeout,
        )


def without_answer(operation: Operation, error: Exception) -> AvitoError:
    """Return what it means that no answer came. Pure.

    httpx-aiohttp calls "disconnected after the request was sent" a ConnectTimeout; only aiohttp's own error
    beneath tells whether anything was sent.
    """
    cause = error.__cause__ if isinstance(error, httpx.HTTPError) else error
    if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError) or isinstance(
        error, httpx.UnsupportedProtocol
    ):
        return Unavailable(operation.name, why="cannot be reached, nothing was sent")
    silent = isinstance(cause, TimeoutError | aiohttp.SocketTimeoutError)
    if operation.changes:
        return Unknown(operation.name, how="silent" if silent else "cut")
    return Unavailable(operation.name, why="no answer in time" if silent else "connection cut")


async def _read_bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise httpx.ReadError("answer without end")
    return bytes(body)


log = logging.getLogger("worker.avito")

_LEAST_WAIT_S = 0.01
_NOTHING_SAID = Limits()


Leaving = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Urgency:
    """Which class a call is of, and for how many seconds it waits for its turn.

    `leaving` runs each time a request is about to leave, token and turn at hand; what it raises stops it.
    """

    priority: Priority
    patience_s: float
    leaving: Leaving | None = None


@dataclass(frozen=True, slots=True)
class World:
    """Where time and chance come from: `now` Unix seconds, `ticks` only forward, `chance` in [0, 1]."""

    now: Callable[[], float]
    ticks: Callable[[], float]
    chance: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Said:
    """Parsed JSON and the answer it was in."""

    data: Any
    answer: AvitoResponse


@dataclass(slots=True)
class _Course:
    """How one call went."""

    answer: AvitoResponse | None = None
    failed: AvitoError | None = None
    limits: Limits = _NOTHING_SAID
    denials: int = 0
    pause_s: float = 0.0

    @property
    def ended(self) -> bool:
        """Whether it was not cancelled half way."""
        return self.answer is not None or self.failed is not None

    @property
    def outcome(self) -> str:
        """The status as logs and metrics say it."""
        if self.answer is not None:
            return str(self.answer.status)
        return "cancelled" if self.failed is None else getattr(self.failed, "how", "unreachable")


class Exchange:
    """One per process, shared by all callers."""

    def __init__(self, transport: Transport, budget: Budget, metrics: CallMetrics, world: World) -> None:
        self._transport = transport
        self._budget = budget
        self._metrics = metrics
        self._world = world

    async def make(self, request: Request, urgency: Urgency, token: str = "") -> Said:
        """Make the call once, within the budget; raises AvitoError for anything but a success."""
        leave = await self._wait_for_leave(request.operation, urgency)
        if urgency.leaving is not None:
            await self._may_leave(urgency.leaving, leave)
        started = self._world.ticks()
        course = _Course()
        try:
            return await self._run(request, token, leave, course)
        except AvitoError as error:
            course.failed = error
            raise
        finally:
            self._record(request.operation, course.outcome, self._world.ticks() - started)
            if course.ended:
                await self._heed(request.operation, leave, course)

    async def _may_leave(self, leaving: Leaving, leave: Permit) -> None:
        try:
            await leaving()
        except BaseException:
            await self._budget.give_back(leave)  # else others wait for the end of a probe that never left
            raise

    async def _wait_for_leave(self, operation: Operation, urgency: Urgency) -> Permit:
        deadline = self._world.ticks() + urgency.patience_s
        while True:
            now = self._world.ticks()
            leave = await self._budget.take(urgency.priority, now)
            if leave.why == "go":
                return leave
            if leave.why == "down":
                raise Unavailable(operation.name, why="circuit breaker is open", retry_after=leave.wait_s)
            if now + leave.wait_s > deadline:
                why = "Avito asked for a pause" if leave.why == "pause" else "our budget is spent"
                raise RateLimited(operation.name, retry_after=leave.wait_s, why=why)
            # A little jitter, so that all who wait do not ask again at once.
            await asyncio.sleep(max(leave.wait_s, _LEAST_WAIT_S) * (1 + 0.1 * self._world.chance()))

    async def _run(self, request: Request, token: str, leave: Permit, course: _Course) -> Said:
        answer = course.answer = await self._transport.exchange(request, token)
        course.limits = read_limits(answer.headers, self._world.now())
        course.denials = leave.denials + 1 if answer.status == 429 else 0
        course.pause_s = pause_after(answer.status, course.limits, course.denials, self._world.chance())
        return Said(read_response(request.operation, answer, course.pause_s), answer)

    async def _heed(self, operation: Operation, leave: Permit, course: _Course) -> None:
        health = after(leave.health, operation, course.failed, self._world.now())
        open_s = open_for(health, self._world.chance())
        heed = Heed(health, course.pause_s, open_s, course.denials, course.limits)
        await self._budget.heed(leave, heed, self._world.ticks())

    def _record(self, operation: Operation, outcome: str, seconds: float) -> None:
        self._metrics.call(operation.name, outcome, seconds)
        fields = {"method": operation.method, "path": operation.path, "status": outcome}
        level = logging.DEBUG if outcome == "200" else logging.WARNING  # sweeps would drown the rest
        log.log(level, "worker.avito.call", extra=fields | {"ms": round(seconds * 1000, 1)})
