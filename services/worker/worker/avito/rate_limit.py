"""The calls that all workers share: asks Redis for leave, tells it what Avito said; goes on without Redis."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.redis import keys, lua
from worker.avito.backpressure import Health, Limits, words

log = logging.getLogger("worker.avito")

_PATIENCE_S = 1.0
_LEFT_ALONE_S = 1.0

T = TypeVar("T")


class Reach:
    """One per process. `clock` only runs forward (seconds)."""

    def __init__(self, redis: Redis, clock: Callable[[], float]) -> None:
        self._redis = redis
        self._clock = clock
        self._try_again = 0.0

    async def ask(self, command: Callable[[Redis], Awaitable[T]]) -> T | None:
        """Return the reply, None when Redis is away, hangs, or did so a moment ago."""
        if self._clock() < self._try_again:
            return None
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await command(self._redis)
        except (RedisError, TimeoutError, OSError) as error:
            self._try_again = self._clock() + _LEFT_ALONE_S
            log.warning("worker.avito.without_redis", extra={"error": type(error).__name__})
            return None


class CallPauses:
    """Times in seconds of a clock that only runs forward."""

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._next = 0.0

    def take(self, now: float) -> float:
        """Return 0 and count a call, or the seconds to wait."""
        if now < self._next:
            return self._next - now
        self._next = now + self._gap_s
        return 0.0

    def pause(self, now: float, seconds: float) -> None:
        """Allow nothing for so long."""
        self._next = max(self._next, now + seconds) if seconds else self._next


_TAKE = lua.load("take_call")
_GIVE_BACK = lua.load("give_call_back")
_HEED = lua.load("heed_answer")
_KEYS = [keys.AVITO_BUDGET, keys.FACTS]
_PROBE_S = 12.0

_UNKNOWN = Health()

PermitRefusal = Literal["go", "pause", "down", "budget"]


class Priority(Enum):
    """Classes of calls; the value is the share of the budget that is left to those before it."""

    REPLY = 0.0
    OPERATOR = 0.1
    HINT = 0.2
    ENRICHMENT = 0.3
    SWEEP = 0.5
    BACKFILL = 0.65


@dataclass(frozen=True, slots=True)
class Permit:
    """Whether a call may go: at once, or ask again after `wait_s`. `denials`: 429s in a row.

    `receipt`: of what was taken from the shared budget, '' for nothing.
    """

    wait_s: float = 0.0
    why: PermitRefusal = "go"
    denials: int = 0
    health: Health = _UNKNOWN
    shown: str = ""
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Heed:
    """What is to hold for all workers after an answer; seconds."""

    health: Health
    pause_s: float
    open_s: float
    denials: int
    limits: Limits


class Budget:
    """One per process; `per_minute` calls for all processes together."""

    def __init__(self, reach: Reach, per_minute: int) -> None:
        self._reach = reach
        self._per_minute = per_minute
        self._alone = CallPauses(60 / per_minute)

    async def take(self, priority: Priority, now: float, *, at: float | None = None) -> Permit:
        """Ask for one call. `now`: any clock that only runs forward, for when Redis is away.

        `at`: Unix seconds instead of Redis' own clock.
        """
        clock = "" if at is None else repr(at)
        reply = await self._run(_TAKE, [clock, self._per_minute, priority.value, _PROBE_S])
        if reply is None:
            wait_s = self._alone.take(now)
            return Permit(wait_s, "budget" if wait_s else "go")
        return _leave(reply)

    async def give_back(self, leave: Permit) -> None:
        """Give back what was taken for a call that was not made."""
        if leave.receipt:
            await self._reach.ask(lambda redis: _GIVE_BACK.run(redis, [keys.AVITO_BUDGET], [leave.receipt]))

    async def heed(self, leave: Permit, heed: Heed, now: float, *, at: float | None = None) -> None:
        """Tell all workers what follows from an answer; nothing is written where nothing changed."""
        self._alone.pause(now, heed.pause_s)
        shown = words(heed.health)
        said_limits = heed.limits.per_minute is not None or heed.limits.remaining is not None
        same = (leave.health, leave.denials, leave.shown) == (heed.health, heed.denials, shown)
        if same and not said_limits and not heed.pause_s and not heed.open_s:
            return
        arguments = [
            "" if at is None else repr(at),
            heed.pause_s,
            _or_empty(heed.limits.per_minute),
            _or_empty(heed.limits.remaining),
            heed.denials,
            heed.health.failures,
            _or_empty(heed.health.since),
            heed.open_s,
            _write_unpaid(heed.health),
            "1" if heed.health.refused else "",
            shown,
        ]
        await self._run(_HEED, arguments)

    async def _run(self, script: lua.Script, arguments: list[Any]) -> Any:
        return await self._reach.ask(lambda redis: script.run(redis, _KEYS, arguments))


def _leave(reply: list[Any]) -> Permit:
    wait_ms, why, failures, denials, since, unpaid, refused, shown, receipt = reply
    since_s = float(since) if since else None
    health = Health(int(failures), since_s, _read_unpaid(unpaid.decode()), refused == b"1")
    return Permit(wait_ms / 1000, why.decode(), int(denials), health, shown.decode(), receipt.decode())


def _or_empty(value: float | None) -> float | str:
    return "" if value is None else value


def _write_unpaid(health: Health) -> str:
    return "" if health.unpaid is None else f"{health.unpaid[0]} {health.unpaid[1]:.0f}"


def _read_unpaid(text: str) -> tuple[str, float] | None:
    """Read what was written; an older version wrote no time, so that it ends with the next call."""
    name, _, at = text.partition(" ")
    return (name, float(at or 0)) if name else None
