"""What each response means for the next calls: pauses, backoff, the circuit breaker. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime

from shared.timing.backoff import Backoff
from worker.avito.errors import AvitoError, BadKeys, NotPaid, Unavailable, Unknown
from worker.avito.requests import (
    CHAT,
    CHATS,
    MESSAGES,
    SEND,
    SEND_IMAGE,
    SUBSCRIBE,
    SUBSCRIPTIONS,
    TOKEN,
    Operation,
)

BACKOFF = Backoff(first=1.0, most=60.0)
LONGEST_S = 3600.0
OPENS_AFTER = 5
UNPAID_HOLDS_S = 3600.0
"""How long a 402 counts when nothing repeats it: the tariff may have been bought meanwhile."""
_UNIX_TIME = 1_000_000_000
_NEEDED = (CHATS, CHAT, MESSAGES, SEND, SEND_IMAGE, SUBSCRIBE, SUBSCRIPTIONS)
"""Without these the messenger does not work; a 402 of another operation concerns only its caller."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to wait, seconds to the next window, calls a minute, calls left; None: unknown."""

    retry_after: float | None = None
    reset: float | None = None
    per_minute: int | None = None
    remaining: int | None = None


def read_limits(headers: Mapping[str, str], now: float) -> Limits:
    """Read Retry-After (seconds or a date) and X-RateLimit-*; nonsense counts as unknown.

    A point in time is by Avito's clock, so it is compared with the response's own Date, or with `now`
    (Unix seconds) where there is none.
    """
    now = _date(headers.get("date", ""), now)
    return Limits(
        retry_after=_wait(headers.get("retry-after"), now),
        reset=_wait(headers.get("x-ratelimit-reset"), now),
        per_minute=_count(headers.get("x-ratelimit-limit"), least=1),
        remaining=_count(headers.get("x-ratelimit-remaining"), least=0),
    )


def pause_after(status: int, limits: Limits, denials: int, chance: float) -> float:
    """Seconds for which all workers pause: 0 mostly. `denials`: 429s in a row, this one included."""
    if status == 429:
        named = limits.retry_after if limits.retry_after is not None else limits.reset
        return BACKOFF.pause(denials, chance) if named is None else named
    if status == 503 and limits.retry_after is not None:
        return limits.retry_after
    if limits.remaining == 0:
        return BACKOFF.pause(1, chance) if limits.reset is None else limits.reset
    return 0.0


def _wait(text: str | None, now: float) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = _date(text, math.nan) - now
    else:
        seconds -= now if seconds > _UNIX_TIME else 0.0
    return min(max(seconds, 0.0), LONGEST_S) if math.isfinite(seconds) else None


def _date(text: str, otherwise: float) -> float:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return otherwise


def _count(text: str | None, least: int) -> int | None:
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 9:
        return None
    return max(least, int(text))


@dataclass(frozen=True, slots=True)
class Health:
    """What is known now. `failures` in a row `since` (Unix s); `unpaid`: the operation that met 402, when."""

    failures: int = 0
    since: float | None = None
    unpaid: tuple[str, float] | None = None
    refused: bool = False


def health_after(health: Health, operation: Operation, error: AvitoError | None, now: float) -> Health:
    """Return the health after one call that ended, with `error` or successfully.

    A refusal (403, 404, 429, …) is a sign of life. Only the operation that met a 402 can clear it: another
    one may be covered by the tariff. A 402 that nothing repeats ends by itself.
    """
    unpaid = _unpaid(health, operation, error, now)
    if isinstance(error, BadKeys):
        return Health(refused=True, unpaid=unpaid)
    if isinstance(error, Unavailable | Unknown):
        since = now if health.since is None else health.since
        return replace(health, failures=health.failures + 1, since=since, unpaid=unpaid)
    refused = health.refused and not (operation is TOKEN and error is None)
    return Health(unpaid=unpaid, refused=refused)


def _unpaid(
    health: Health, operation: Operation, error: AvitoError | None, now: float
) -> tuple[str, float] | None:
    if isinstance(error, NotPaid) and operation in _NEEDED:
        return operation.name, now
    if health.unpaid is None:
        return None
    name, at = health.unpaid
    ended = (error is None and name == operation.name) or not 0 <= now - at < UNPAID_HOLDS_S
    return None if ended else health.unpaid


def seconds_open(health: Health, chance: float) -> float:
    """Seconds for which the circuit is open, 0 when calls may pass. After that one probe passes."""
    beyond = health.failures - OPENS_AFTER
    return 0.0 if beyond < 0 else BACKOFF.pause(beyond + 1, chance)


def health_words(health: Health) -> str:
    """Return the status of Avito: `ok`, `keys refused`, `not paid` or `down since <Unix seconds>`."""
    if health.refused:
        return "keys refused"
    if health.failures >= OPENS_AFTER and health.since is not None:
        return f"down since {health.since:.0f}"
    return "not paid" if health.unpaid else "ok"
