"""What Avito's headers say of its limits. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from worker.avito.backoff import backoff

LONGEST_S = 3600.0
_UNIX_TIME = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to wait, seconds to the next window, calls a minute, calls left; None: not said."""

    retry_after: float | None = None
    reset: float | None = None
    per_minute: int | None = None
    remaining: int | None = None


def read_limits(headers: Mapping[str, str], now: float) -> Limits:
    """Read Retry-After (seconds or a date) and X-RateLimit-*; nonsense is not said.

    A point in time is told by Avito's clock, so it is compared with the answer's own Date; `now` (Unix
    seconds) counts where there is none.
    """
    now = _date(headers.get("date", ""), now)
    return Limits(
        retry_after=_wait(headers.get("retry-after"), now),
        reset=_wait(headers.get("x-ratelimit-reset"), now),
        per_minute=_count(headers.get("x-ratelimit-limit"), least=1),
        remaining=_count(headers.get("x-ratelimit-remaining"), least=0),
    )


def pause_after(status: int, limits: Limits, denials: int, chance: float) -> float:
    """Seconds for which nobody should call: 0 mostly. `denials`: 429s in a row, this one included."""
    if status == 429:
        named = limits.retry_after if limits.retry_after is not None else limits.reset
        return backoff(denials, chance) if named is None else named
    if status == 503 and limits.retry_after is not None:
        return limits.retry_after
    if limits.remaining == 0:
        return backoff(1, chance) if limits.reset is None else limits.reset
    return 0.0


def _wait(text: str | None, now: float) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        return _until_date(text, now)
    if not math.isfinite(seconds):
        return None
    return _bounded(seconds - now if seconds > _UNIX_TIME else seconds)


def _until_date(text: str, now: float) -> float | None:
    at = _date(text, math.nan)
    return None if math.isnan(at) else _bounded(at - now)


def _date(text: str, otherwise: float) -> float:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return otherwise


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_S)


def _count(text: str | None, least: int) -> int | None:
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 9:
        return None
    return max(least, int(text))
