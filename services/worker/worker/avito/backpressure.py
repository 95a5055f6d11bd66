"""What each response means for the next calls: pauses, backoff, the circuit breaker. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Literal

from shared import avito_state
from shared.timing.backoff import Backoff
from worker.avito.errors import AvitoError, BadKeys, Forbidden, NotPaid, Unavailable, Unknown, Untrusted
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
DOWN_AFTER_S = 8.0
"""Avito counts as down after so long without a success, if more than one call failed meanwhile."""
DENIAL_HOLDS_S = 40.0
"""How long a denial counts when nothing repeats it: the tariff may have been bought meanwhile."""
DENIED_SEND_HOLDS_S = 600.0
"""Nothing is sent again before an operator does so."""
_UNIX_TIME = 1_000_000_000
_NEEDED = (TOKEN, CHATS, CHAT, MESSAGES, SEND, SEND_IMAGE, SUBSCRIBE, SUBSCRIPTIONS)
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
class Denied:
    """An operation that Avito denied (402 or 403), and when (Unix s)."""

    operation: str
    at: float
    status: Literal[402, 403] = 402


@dataclass(frozen=True, slots=True)
class Health:
    """What is known now. `failures` in a row, the first begun at `since` (Unix s); `refused`: the keys.

    `untrusted`: the last call failed since Avito's certificate is not trusted here.
    """

    failures: int = 0
    since: float | None = None
    denied: Denied | None = None
    refused: bool = False
    untrusted: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call ended, `error` None: well. `began`, `at` in Unix s.

    `judged`: a refusal is not the token's fault. `hidden`: a list showed advertising in place of texts.
    """

    operation: Operation
    error: AvitoError | None
    at: float
    began: float
    judged: bool = True
    hidden: bool = False


def health_after(health: Health, ended: Ended) -> Health:
    """Return the health after one call.

    A refusal (403, 404, 429, …) is a sign of life. Only the operation that was denied can clear it: another
    one may be covered by the tariff. A denial that nothing repeats ends by itself.
    """
    denied = _denied(health, ended)
    if isinstance(ended.error, BadKeys):
        return Health(refused=True, denied=denied)
    if isinstance(ended.error, Unavailable | Unknown):
        since = ended.began if health.since is None else health.since
        more = 2 if ended.operation is TOKEN else 1  # nothing can be asked without a token
        untrusted = isinstance(ended.error, Untrusted)
        failures = health.failures + more
        return replace(health, failures=failures, since=since, denied=denied, untrusted=untrusted)
    return Health(denied=denied, refused=health.refused and ended.error is not None)


def _denied(health: Health, ended: Ended) -> Denied | None:
    name, before = ended.operation.name, health.denied
    status = _denial(ended, before)
    if status is not None:
        # The list is asked for all the time, so that it is what tells when the denial ends.
        name = CHATS.name if before is not None and before.operation == CHATS.name else name
        return Denied(name, ended.at, status)
    if before is None:
        return None
    works = ended.error is None and name == before.operation
    is_send = before.operation in (SEND.name, SEND_IMAGE.name)
    holds_s = DENIED_SEND_HOLDS_S if is_send else DENIAL_HOLDS_S
    return before if 0 <= ended.at - before.at < holds_s and not works else None


def _denial(ended: Ended, before: Denied | None) -> Literal[402, 403] | None:
    """Return the status of a denial that concerns the account; a single chat may be closed to us.

    A refusal that may be the token's fault begins no denial, but goes on with one.
    """
    if ended.hidden or (isinstance(ended.error, NotPaid) and ended.operation in _NEEDED):
        return 402
    if not (isinstance(ended.error, Forbidden) and ended.operation is CHATS):
        return None
    goes_on = before is not None and (before.operation, before.status) == (CHATS.name, 403)
    return 403 if ended.judged or goes_on else None


def seconds_open(health: Health, chance: float) -> float:
    """Seconds for which the circuit is open, 0 when calls may pass. After that one probe passes."""
    beyond = health.failures - OPENS_AFTER
    return 0.0 if beyond < 0 else BACKOFF.pause(beyond + 1, chance)


def health_words(health: Health, now: float) -> str:
    """Return the status of Avito, as shared/avito_state.py reads it."""
    if health.refused:
        return avito_state.KEYS_REFUSED
    lasts = now - health.since if health.since is not None else 0.0
    if health.failures >= OPENS_AFTER or (health.failures > 1 and lasts >= DOWN_AFTER_S):
        if health.untrusted:
            return avito_state.UNTRUSTED
        return f"{avito_state.DOWN_SINCE} {health.since or now:.0f}"
    if health.denied is None:
        return avito_state.OK
    return avito_state.NOT_PAID if health.denied.status == 402 else avito_state.KEYS_OR_TARIFF
