"""The rate limit that all workers share in Redis; without Redis each limits itself."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.redis.lua import scripts
from shared.redis.lua.scripts import AcquirePermitReason
from shared.timing.rate_limiter import RateLimiter
from worker.avito.backpressure import Denied, Health, Limits
from worker.avito.errors import RateLimited, Unavailable

log = logging.getLogger("worker.avito")

_PROBE_S = 12.0
_REDIS_TIMEOUT_S = 1.0
_LEFT_ALONE_S = 1.0
_LEAST_WAIT_S = 0.01

_UNKNOWN = Health()
_FORBIDDEN = ":403"

T = TypeVar("T")


class Priority(Enum):
    """Classes of calls; the value is the share of the limit that is left to the classes before it."""

    REPLY = 0.0
    OPERATOR = 0.1
    HINT = 0.2
    ENRICHMENT = 0.3
    SWEEP = 0.5
    BACKFILL = 0.65


@dataclass(frozen=True, slots=True)
class Permit:
    """Whether a call may go: at once, or ask again after `wait_s`. `denials`: 429s in a row.

    `receipt`: names what was taken from the shared limit, '' for nothing.
    """

    wait_s: float = 0.0
    verdict: AcquirePermitReason = "go"
    denials: int = 0
    health: Health = _UNKNOWN
    shown: str = ""
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Backpressure:
    """What holds for all workers after a response; seconds. `shown`: the status, see health_words."""

    health: Health
    shown: str
    pause_s: float
    open_s: float
    denials: int
    limits: Limits


@dataclass(frozen=True, slots=True)
class TimeAndChance:
    """Clocks and randomness: `now` Unix seconds, `ticks` only forward, `chance` in [0, 1]."""

    now: Callable[[], float]
    ticks: Callable[[], float]
    chance: Callable[[], float]


@dataclass(slots=True)
class OptionalRedis:
    """Redis for callers that can go on without it. One per process; `clock` only runs forward (seconds)."""

    redis: Redis
    clock: Callable[[], float]
    _try_again: float = 0.0

    async def run(self, command: Callable[[Redis], Awaitable[T]]) -> T | None:
        """Return the reply, None when Redis is away, hangs, or did so a moment ago."""
        if self.clock() < self._try_again:
            return None
        try:
            async with asyncio.timeout(_REDIS_TIMEOUT_S):
                return await command(self.redis)
        except (RedisError, TimeoutError, OSError) as error:
            self._try_again = self.clock() + _LEFT_ALONE_S
            log.warning("worker.avito.without_redis", extra={"error": type(error).__name__})
            return None


class CallRateLimiter:
    """One per process; `per_minute` calls for all processes together.

    `answered_at`: when Avito last gave this process an answer (Unix s).
    """

    def __init__(self, redis: OptionalRedis, per_minute: int) -> None:
        self.answered_at = 0.0
        self._redis = redis
        self._per_minute = per_minute
        self._local = RateLimiter(per_minute / 60)

    async def take(self, priority: Priority, now: float, *, at: float | None = None) -> Permit:
        """Ask for one call. `now`: any clock that only runs forward, used while Redis is away.

        `at`: Unix seconds instead of Redis' own clock.
        """
        call = scripts.acquire_permit(at=at, rpm=self._per_minute, share=priority.value, probe_s=_PROBE_S)
        reply = await self._redis.run(call.run)
        if reply is None:
            wait_s = self._local.take(now)
            return Permit(wait_s, "budget" if wait_s else "go")
        health = Health(reply.failures, reply.since, _read_denied(reply.unpaid), reply.refused)
        return Permit(reply.wait_ms / 1000, reply.reason, reply.denials, health, reply.shown, reply.receipt)

    async def wait(
        self, operation: str, priority: Priority, patience_s: float, world: TimeAndChance
    ) -> Permit:
        """Wait for a permit; raises Unavailable or RateLimited when there is none in time."""
        deadline = world.ticks() + patience_s
        while True:
            now = world.ticks()
            permit = await self.take(priority, now)
            if permit.verdict == "go":
                return permit
            if permit.verdict == "down":
                raise Unavailable(operation, why="circuit breaker is open", retry_after=permit.wait_s)
            if now + permit.wait_s > deadline:
                why = "Avito asked for a pause" if permit.verdict == "pause" else "our rate limit is reached"
                raise RateLimited(operation, retry_after=permit.wait_s, why=why)
            # A little jitter, so that all callers that wait do not ask again at once.
            await asyncio.sleep(max(permit.wait_s, _LEAST_WAIT_S) * (1 + 0.1 * world.chance()))

    async def give_back(self, permit: Permit) -> None:
        """Give back what was taken for a call that was not made."""
        if permit.receipt:
            await self._redis.run(scripts.return_permit(receipt=permit.receipt).run)

    async def apply(
        self, permit: Permit, pressure: Backpressure, now: float, *, at: float | None = None
    ) -> None:
        """Tell all workers what follows from a response; writes nothing when nothing changed."""
        self._local.pause(now, pressure.pause_s)
        health, limits = pressure.health, pressure.limits
        shown = pressure.shown
        has_limits = limits.per_minute is not None or limits.remaining is not None
        same = (permit.health, permit.denials, permit.shown) == (health, pressure.denials, shown)
        if same and not has_limits and not pressure.pause_s and not pressure.open_s:
            return
        call = scripts.record_response(
            at=at,
            pause_s=pressure.pause_s,
            rpm=limits.per_minute,
            left=limits.remaining,
            denials=pressure.denials,
            failures=health.failures,
            since=health.since,
            open_s=pressure.open_s,
            unpaid=_write_denied(health),
            refused=health.refused,
            shown=shown,
        )
        await self._redis.run(call.run)


def _write_denied(health: Health) -> str:
    """Write it as the version before, which knew only a 402, can read it."""
    denied = health.denied
    if denied is None:
        return ""
    return f"{denied.operation}{_FORBIDDEN if denied.status == 403 else ''} {denied.at:.0f}"


def _read_denied(text: str) -> Denied | None:
    """Read what was written; an older version wrote no time, so that it ends with the next call."""
    name, _, at = text.partition(" ")
    if not name:
        return None
    operation = name.removesuffix(_FORBIDDEN)
    return Denied(operation, float(at or 0), 402 if operation == name else 403)
