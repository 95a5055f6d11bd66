"""What an error of a call means for the reply. Pure."""

from dataclasses import replace

from worker.avito.errors import (
    AvitoError,
    BadKeys,
    BadRequest,
    Forbidden,
    NotFound,
    NotPaid,
    RateLimited,
    Unavailable,
    Unknown,
)
from worker.outbox.decide import Outcome, Passing, Refused, Unsure

AGAIN_S = 0.5


class Forgettable(Unavailable):
    """The try is not known to a replica yet: nothing was sent."""


_REFUSALS: dict[type[AvitoError], Refused] = {
    NotPaid: Refused("not_paid", retryable=True),
    Forbidden: Refused("forbidden", retryable=True),
    NotFound: Refused("not_found"),
    BadRequest: Refused("bad_request"),
}


def outcome_of(error: AvitoError | TimeoutError) -> Outcome:
    """Judge a call that failed; TimeoutError: we cut it off ourselves.

    Whatever is not a clear answer of Avito's, and not known never to have left, is Unsure.
    """
    match error:
        case NotPaid() | Forbidden() | NotFound() | BadRequest():
            return replace(_REFUSALS[type(error)], detail=_detail(error))
        case RateLimited():
            return Passing("rate_limited", error.retry_after)
        case BadKeys():
            return Passing("keys_refused")
        case Unavailable() if not error.sent:
            code = "redis_replaced" if isinstance(error, Forgettable) else "unavailable"
            return Passing(code, error.retry_after)
        case Unavailable():
            return Unsure("error")
        case _:
            return Unsure("cut" if isinstance(error, Unknown) and error.how == "cut" else "silent")


def _detail(error: AvitoError) -> str:
    """Avito's own words, where they are more than the name of the status."""
    fields = error.fields if isinstance(error, BadRequest) else {}
    said = [error.message, *(f"{name}: {words}" for name, words in fields.items())]
    dull = ("", "Bad Request", "Forbidden", "Not found", "Payment required", "Validation error")
    return "; ".join(words for words in said if words not in dull)[:300]
