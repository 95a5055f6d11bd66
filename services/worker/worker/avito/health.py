"""How Avito is doing, by the outcome of each call: the circuit breaker and what the status says. Pure."""

from dataclasses import dataclass, replace

from worker.avito.backoff import backoff
from worker.avito.errors import AvitoError, BadKeys, NotPaid, Unavailable, Unknown
from worker.avito.operations import (
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

OPENS_AFTER = 5
UNPAID_HOLDS_S = 3600.0
"""Longer than a 402 counts when nothing has repeated it: a tariff may have been bought meanwhile."""

_NEEDED = (CHATS, CHAT, MESSAGES, SEND, SEND_IMAGE, SUBSCRIBE, SUBSCRIPTIONS)
"""Without these the messenger does not work; a 402 of another one concerns only who asked for it."""


@dataclass(frozen=True, slots=True)
class Health:
    """What is known now. `failures` in a row `since` (Unix s); `unpaid`: what met 402 last, and when."""

    failures: int = 0
    since: float | None = None
    unpaid: tuple[str, float] | None = None
    refused: bool = False


def after(health: Health, operation: Operation, error: AvitoError | None, now: float) -> Health:
    """Return the health after one call that came to its end, with `error` or well.

    A refusal (403, 404, 429, …) is a sign of life. What was refused clears itself: an operation that is paid
    for says nothing of another one. A 402 that nothing repeats ends by itself.
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


def open_for(health: Health, chance: float) -> float:
    """Seconds for which the circuit is open, 0 when calls may pass. Then one probe passes."""
    beyond = health.failures - OPENS_AFTER
    return 0.0 if beyond < 0 else backoff(beyond + 1, chance)


def words(health: Health) -> str:
    """Return what the status says: `ok`, `keys refused`, `not paid` or `down since <Unix seconds>`."""
    if health.refused:
        return "keys refused"
    if health.failures >= OPENS_AFTER and health.since is not None:
        return f"down since {health.since:.0f}"
    return "not paid" if health.unpaid else "ok"
