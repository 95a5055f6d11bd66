"""Answers what an operator waits for: an error of Avito's becomes the gateway's words."""

from collections.abc import Awaitable, Callable
from typing import Any

from shared.wires import job_results
from shared.wires.job_results import Refusal
from worker.accounts.context import AccountContext
from worker.avito.errors import (
    AvitoError,
    BadKeys,
    BadRequest,
    Forbidden,
    NotFound,
    NotPaid,
    RateLimited,
)

_WORDS: dict[type[AvitoError], tuple[int, str, str]] = {
    NotPaid: (409, "not_paid", "Avito's tariff does not cover this."),
    Forbidden: (409, "forbidden", "Avito forbids this."),
    NotFound: (404, "not_found", "Avito does not know this."),
    BadRequest: (409, "bad_request", "Avito does not accept this."),
    BadKeys: (409, "keys_refused", "Avito refuses our keys."),
    RateLimited: (504, "rate_limited", "Avito allows no more calls just now. Try again."),
}
_SILENT = (504, "avito_silent", "Avito does not answer. Try again.")


def refusal_of(error: AvitoError) -> Refusal:
    """Return what the operator is told."""
    status, code, message = _WORDS.get(type(error), _SILENT)
    return Refusal(status, code, message)


async def answer(account: AccountContext, ask_id: str, find: Callable[[], Awaitable[dict[str, Any]]]) -> None:
    """Find the answer and give it."""
    try:
        found = await find()
    except Refusal as why:
        await job_results.refuse(account.redis, ask_id, why)
    except AvitoError as error:
        await job_results.refuse(account.redis, ask_id, refusal_of(error))
    else:
        await job_results.answer(account.redis, ask_id, found)
