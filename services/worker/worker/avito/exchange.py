"""Makes one call: leave from the budget, there and back, what follows from it for all workers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from worker.avito.answers import AvitoResponse, read_response
from worker.avito.budget import Budget, Heed, Permit, Priority
from worker.avito.errors import AvitoError, RateLimited, Unavailable
from worker.avito.health import after, open_for
from worker.avito.limits import Limits, pause_after, read_limits
from worker.avito.metrics import CallMetrics
from worker.avito.operations import Operation
from worker.avito.requests import Request
from worker.avito.transport import Transport

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
