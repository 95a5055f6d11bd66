"""The reasons of a mode as operators read them. Pure."""

from worker.sync.subscription.mode import Code, ModeDecision

_REASONS: dict[Code, str] = {
    "": "",
    "no_address": "публичный адрес не настроен (DOMAIN и WEBHOOK_SECRET)",
    "unwanted": "вебхук отключён (включить: make subscribe)",
    "unknown": "Avito ещё не ответил, стоит ли наша подписка",
    "gone": "подписка пропала на стороне Avito, восстанавливаем",
    "taken": "вебхук занят другим сервисом: {host}",
    "missed": "вебхуки не доходят: без них пришло сообщений: {count}",
}


def reason(verdict: ModeDecision) -> str:
    """Return the reason in Russian, '' in webhook mode."""
    return _REASONS[verdict.code].format(host=verdict.host, count=verdict.count)
