"""What an error of a call means for the reply, and the sentence that tells operators of it. Pure."""

from dataclasses import replace

from worker.avito import errors
from worker.avito.errors import AvitoError, BadRequest, Forbidden, NotFound, NotPaid
from worker.outbox.decide import Outcome, Refused, Temporary, Trouble, Unconfirmed

AGAIN_S = 0.5
REASONS = {
    "rate_limited": "Avito просит подождать: слишком много запросов.",
    "unavailable": "Avito не отвечает, пробуем снова.",
    "redis_replaced": "Redis переключается на другой сервер: отправим через секунду.",
    "keys_refused": "Avito не принимает ключи доступа: проверьте AVITO_CLIENT_ID и AVITO_CLIENT_SECRET.",
    "checking": "Avito не ответил или ответил непонятно: проверяем, дошло ли сообщение.",
    "not_paid": "Тариф Avito не даёт отвечать через API: нужна подписка с API мессенджера.",
    "forbidden": "Avito запрещает писать в этот чат: он заблокирован или у ключей нет права на сообщения.",
    "not_found": "Avito не знает такого чата.",
    "bad_request": "Avito не принимает это сообщение.",
    "bad_picture": "Avito не принимает эту картинку.",
    "picture_gone": "Картинка больше не хранится: приложите её ещё раз.",
    "restored": "Восстановлено из резервной копии, у Avito не найдено: "
    "проверьте чат и отправьте снова или уберите.",
    "gave_up": "Не удалось отправить за сутки.",
    "outcome_unknown": "Неизвестно, дошло ли сообщение: посмотрите чат в приложении Avito.",
}


class NotReplicated(errors.Unavailable):
    """Redis may not keep the attempt, or has lost an earlier one, so nothing was sent."""


_REFUSALS: dict[type[AvitoError], Refused] = {
    NotPaid: Refused("not_paid", retryable=True),
    Forbidden: Refused("forbidden", retryable=True),
    NotFound: Refused("not_found"),
    BadRequest: Refused("bad_request"),
}


def outcome_of(error: AvitoError | TimeoutError) -> Outcome:
    """Return the outcome of a call that failed; TimeoutError: we cut it off ourselves.

    Any other end than a clear response, or a request that certainly did not leave, is Unconfirmed.
    """
    if isinstance(error, AvitoError) and (refused := _REFUSALS.get(type(error))):
        return replace(refused, detail=_detail(error))
    match error:
        case errors.RateLimited():
            return Temporary("rate_limited", error.retry_after)
        case errors.BadKeys() | errors.StaleToken():
            return Temporary("keys_refused" if isinstance(error, errors.BadKeys) else "unavailable")
        case errors.Unavailable() if not error.sent:
            code = "redis_replaced" if isinstance(error, NotReplicated) else "unavailable"
            return Temporary(code, error.retry_after)
        case errors.Unavailable() | errors.Unknown():
            how = error.how if isinstance(error, errors.Unknown) else "error"
            return Unconfirmed(how, _detail(error))
    return Unconfirmed("silent")


def reason_of(trouble: Trouble) -> str:
    """Return the sentence for operators, followed by Avito's own words where there are any."""
    reason = REASONS[trouble.code]
    return f"{reason} Ответ Avito: {trouble.detail}" if trouble.detail else reason


def _detail(error: AvitoError) -> str:
    """Return Avito's own words, where they say more than the name of the status."""
    fields = error.fields if isinstance(error, BadRequest) else {}
    said = [error.message, *(f"{name}: {words}" for name, words in fields.items())]
    dull = ("", "Bad Request", "Forbidden", "Not found", "Payment required", "Validation error")
    return "; ".join(words for words in said if words not in dull)[:300]
