"""How Avito is doing, by the outcome of each call: the circuit breaker and what the status says. Pure."""

from dataclasses import dataclass, replace

from worker.avito.backoff import backoff
from worker.avito.errors import AvitoError, BadKeys, NotPaid, Unavailable, Unknown
from worker.avito.operations import TOKEN, Operation

OPENS_AFTER = 5


@dataclass(frozen=True, slots=True)
class Health:
    """What is known now. `failures` in a row `since` (Unix s); `unpaid`: the operation that met 402."""

    failures: int = 0
    since: float | None = None
    unpaid: str = ""
    refused: bool = False


def after(health: Health, operation: Operation, error: AvitoError | None, now: float) -> Health:
    """Return the health after one call that came to its end, with `error` or well.

    A refusal (403, 404, 429, …) is a sign of life. Only what was refused can clear itself: an operation
    that is paid for says nothing of another one.
    """
    match error:
        case BadKeys():
            return Health(refused=True, unpaid=health.unpaid)
        case Unavailable() | Unknown():
            since = now if health.since is None else health.since
            return replace(health, failures=health.failures + 1, since=since)
        case NotPaid():
            unpaid = operation.name
        case None if health.unpaid == operation.name:
            unpaid = ""
        case _:
            unpaid = health.unpaid
    refused = health.refused and not (operation is TOKEN and error is None)
    return Health(unpaid=unpaid, refused=refused)


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
