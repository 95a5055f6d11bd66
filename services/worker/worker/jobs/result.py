"""Puts the result that an operator waits for; an error of Avito becomes the gateway's code and text."""

from collections.abc import Awaitable, Callable
from typing import Any

from shared.wires import job_results
from shared.wires.job_results import Refusal
from worker.accounts.context import AccountContext
from worker.avito import errors
from worker.avito.errors import AvitoError

_REFUSALS: dict[type[AvitoError], tuple[int, str, str]] = {
    errors.NotPaid: (409, "not_paid", "Avito's tariff does not cover this."),
    errors.Forbidden: (409, "forbidden", "Avito forbids this."),
    errors.StaleToken: (504, "avito_silent", "Avito refuses our token for the moment. Try again."),
    errors.NotFound: (404, "not_found", "Avito does not know this."),
    errors.BadRequest: (409, "bad_request", "Avito does not accept this."),
    errors.BadKeys: (409, "keys_refused", "Avito refuses our keys."),
    errors.RateLimited: (504, "rate_limited", "Avito allows no more calls just now. Try again."),
}
_NO_RESPONSE = (504, "avito_silent", "Avito does not answer. Try again.")


def refusal_of(error: AvitoError) -> Refusal:
    """Return the code and text that the operator gets."""
    status, code, message = _REFUSALS.get(type(error), _NO_RESPONSE)
    return Refusal(status, code, message)


async def put_result_of(
    find: Callable[[], Awaitable[dict[str, Any]]], account: AccountContext, result_id: str
) -> None:
    """Put what `find` returns as the job's result, or its refusal."""
    try:
        found = await find()
    except Refusal as refusal:
        await job_results.put_refusal(account.redis, result_id, refusal)
    except AvitoError as error:
        await job_results.put_refusal(account.redis, result_id, refusal_of(error))
    else:
        await job_results.put_result(account.redis, result_id, found)
