"""The messages of the commands, in Russian and English."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["ru", "en"]

_WORDS: dict[str, tuple[str, str]] = {
    "settings_wrong": (
        "Настройки не готовы, исправьте .env (показать: make settings):",
        "The settings are not complete, correct .env (`make settings` shows them):",
    ),
    "no_address": (
        "Публичный адрес не задан: впишите DOMAIN и WEBHOOK_SECRET в .env",
        "There is no public address: put DOMAIN and WEBHOOK_SECRET into .env",
    ),
    "webhook_is": ("Наш вебхук: {url}", "Our webhook: {url}"),
    "loopback": (
        "{host} — адрес этого компьютера: Avito до него не дойдёт",
        "{host} is this very machine: Avito cannot reach it",
    ),
    "private": (
        "{host} — частная сеть ({address}): Avito до неё не дойдёт",
        "{host} is a private network ({address}): Avito cannot reach it",
    ),
    "plain_http": (
        "Адрес без шифрования (http): чужие смогут читать переписку",
        "The address is plain http: others could read the messages",
    ),
    "no_dns": ("Имя {host} не находится в DNS", "The name {host} is not in DNS"),
    "bad_url": ("{host} — не веб-адрес", "{host} is not a web address"),
    "taken_as_it_is": (
        "WEBHOOK_URL подтверждён, берём как есть",
        "WEBHOOK_URL was confirmed and is used as it is",
    ),
    "confirm_url": ("Всё равно подписать этот адрес?", "Subscribe this address anyway?"),
    "refused": ("Не подписываем.", "Not subscribed."),
    "how_to_force": (
        "Если так и задумано: --yes или make subscribe FORCE=1 (только для WEBHOOK_URL)",
        "If this is intended: --yes or make subscribe FORCE=1 (with WEBHOOK_URL only)",
    ),
    "probe_ok": (
        "Адрес отвечает: {status}, {ms} мс (Avito ждёт {budget} мс)",
        "The address answers: {status}, {ms} ms (Avito waits {budget} ms)",
    ),
    "probe_slow": (
        "Адрес отвечает слишком медленно: {ms} мс, Avito ждёт {budget} мс",
        "The address answers too slowly: {ms} ms, Avito waits {budget} ms",
    ),
    "probe_status": (
        'Адрес отвечает {status} вместо 200 {{"ok":true}}: до ingest запрос не дошёл',
        'The address answers {status} instead of 200 {{"ok":true}}: the request did not reach ingest',
    ),
    "probe_silent": (
        "Адрес не отвечает отсюда: {error}",
        "The address does not answer from here: {error}",
    ),
    "confirm_unreachable": (
        "За собственным роутером так бывает. Подписать всё равно?",
        "This can happen behind your own router. Subscribe anyway?",
    ),
    "stands_ours": ("Сейчас в Avito: наш адрес", "At Avito now: our address"),
    "stands_stale": (
        "Сейчас в Avito: наш адрес с прежним секретом, он больше не действует",
        "At Avito now: our address with an older secret, which is no longer accepted",
    ),
    "stands_other": ("Сейчас в Avito: чужой адрес ({host})", "At Avito now: another address ({host})"),
    "stands_none": ("Сейчас в Avito: подписки нет", "At Avito now: no subscription"),
    "confirm_takeover": (
        "У {host} пропадут сообщения Avito. Заменить на наш адрес?",
        "{host} will no longer get Avito's messages. Replace it by our address?",
    ),
    "takeover_forced": ("Заменяем {host} (подтверждено)", "Replacing {host} (confirmed)"),
    "already": ("Уже подписаны.", "Already subscribed."),
    "subscribed": ("Подписали и проверили по списку.", "Subscribed, and verified in the list."),
    "not_verified": (
        "Avito принял подписку, но в списке её нет.",
        "Avito accepted the subscription, but it is not in the list.",
    ),
    "restored": ("Вернули, как было: {host}", "Restored the former subscription: {host}"),
    "not_restored": (
        "Вернуть прежний адрес не удалось ({host}): подпишите его в том сервисе заново",
        "The former subscription could not be restored ({host}): subscribe again in that product",
    ),
    "avito_error": ("Avito отказал: {error}", "Avito refused: {error}"),
    "no_redis": (
        "Redis не отвечает ({error}): запустите систему (make run) или проверьте REDIS_URL",
        "Redis does not answer ({error}): start the system (make run) or check REDIS_URL",
    ),
    "no_redis_unsubscribe": (
        "Без Redis система не узнает, что вебхук выключен, и подпишется снова. Всё равно: --yes или FORCE=1",
        "Without Redis the system does not learn of it and subscribes again. Anyway: --yes or FORCE=1",
    ),
    "unsubscribed": ("Подписка снята и проверена по списку.", "Unsubscribed, and verified in the list."),
    "nothing_of_ours": ("Нашей подписки в Avito и не было.", "There was no subscription of ours at Avito."),
    "still_stands": (
        "Avito ещё показывает наш адрес: повторите позже. Система уже перешла на опрос",
        "Avito still lists our address: try again later. The system is already polling",
    ),
    "mode_webhook": (
        "Система: вебхук включён, сообщения приходят сразу.",
        "The system: the webhook is on, messages arrive at once.",
    ),
    "mode_polling": ("Система: опрос ({reason}).", "The system: polling ({reason})."),
    "mode_unknown": (
        "Система не запущена: режим включится при запуске (make run).",
        "The system is not running: the mode takes effect when it starts (make run).",
    ),
    "test_ok": ("Проверка пройдена.", "The test passed."),
    "test_failed": ("Проверка не пройдена.", "The test failed."),
    "test_empty": ("Пустой POST", "An empty POST"),
    "test_probe": ("Пробный POST с секретом", "A probe with the secret"),
    "line_wanted": ("Вебхук нужен: {value}", "Webhook wanted: {value}"),
    "line_last": ("Последний вебхук: {value}", "Last webhook: {value}"),
    "line_sweep": (
        "Сверка: получено {received}, показано {shown}, пропало {missing}, не проверено чатов {unchecked}",
        "Sweeps: received {received}, shown {shown}, missing {missing}, chats unchecked {unchecked}",
    ),
    "yes": ("да", "yes"),
    "no": ("нет", "no"),
    "unknown": ("неизвестно", "unknown"),
    "never": ("не было", "none yet"),
    "rotate_from_environment": (
        "WEBHOOK_SECRET задан окружением, а не .env: смените его там (docs/webhook.md)",
        "WEBHOOK_SECRET comes from the environment, not from .env: change it there (docs/webhook.md)",
    ),
    "rotate_no_secret": (
        "Адрес вебхука не кончается на WEBHOOK_SECRET: менять нечего",
        "The webhook's address does not end with WEBHOOK_SECRET: there is nothing to change",
    ),
    "rotate_running": (
        "Прежняя смена секрета ещё не закончилась (до {until}): повторите после неё",
        "The last change of the secret ends at {until}: try again after that",
    ),
    "rotate_twice": (
        "Секрет уже меняет другая команда rotate-secret",
        "Another rotate-secret is running",
    ),
    "rotate_goes_on": (
        "Прошлая смена секрета оборвалась, доводим её до конца",
        "The last change of the secret was interrupted: finishing it",
    ),
    "rotate_not_taken": (
        "ingest не принимает секрет из .env: сначала перезапустите ingest и worker",
        "ingest does not accept the secret in .env: restart ingest and worker first",
    ),
    "rotate_put_back": ("Вернули, как было.", "Everything was restored."),
    "rotate_left": (
        "Не вернули ({error}): действуют оба секрета, worker закончит сам, или сразу make rotate-secret",
        "Not restored ({error}): both secrets are accepted. The worker, or `make rotate-secret`, finishes it",
    ),
    "rotate_nobody": (
        "Ни один ingest не запущен: сначала запустите систему",
        "No ingest is running: start the system first",
    ),
    "rotate_not_learned": (
        "Не все ingest приняли новый секрет за {seconds} с",
        "Not every ingest accepted the new secret within {seconds} s",
    ),
    "rotate_learned": ("Оба секрета приняты: ingest {count}", "Both secrets are accepted: ingest {count}"),
    "rotated": (
        "Секрет сменён у Avito и в .env, прежний действует до {until}. Перезапуск не нужен.",
        "The secret is changed at Avito and in .env; the old one works until {until}. No restart is needed.",
    ),
    "rotated_unwanted": (
        "Секрет сменён в .env; вебхук выключен, у Avito менять нечего.",
        "The secret is changed in .env; the webhook is off, so there is nothing to change at Avito.",
    ),
}


def language_of(environ: Mapping[str, str]) -> Language:
    """Return Russian for a Russian locale, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return "ru" if environ[name].lower().startswith("ru") else "en"
    return "en"


def say(language: Language, word: str, **values: object) -> str:
    """Return a message."""
    return _WORDS[word][0 if language == "ru" else 1].format(**values)
