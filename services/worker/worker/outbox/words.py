"""What is said to operators of a reply that has trouble: a word for machines, a sentence for people. Pure."""

from worker.outbox.decide import Trouble

REASONS = {
    "rate_limited": "Avito просит подождать: слишком много запросов.",
    "unavailable": "Avito не отвечает, пробуем снова.",
    "redis_replaced": "Redis переключается на другой сервер: отправим через секунду.",
    "keys_refused": "Avito не принимает ключи доступа: проверьте AVITO_CLIENT_ID и AVITO_CLIENT_SECRET.",
    "checking": "Avito не ответил: проверяем, дошло ли сообщение.",
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


def reason_of(trouble: Trouble) -> str:
    """Return the sentence, with Avito's own words where they say more."""
    reason = REASONS[trouble.code]
    return f"{reason} Ответ Avito: {trouble.detail}" if trouble.detail else reason
