"""Why Avito's list of chats could not be read, in the words of the status. Pure."""

from worker.avito import errors
from worker.avito.errors import AvitoError

_WORDS: tuple[tuple[type[AvitoError], str], ...] = (
    (errors.BadKeys, "Avito не принимает ключи"),
    (errors.NotPaid, "тариф Avito не даёт доступа к чатам"),
    (errors.StaleToken, "Avito отверг токен, новый будет в течение минуты"),
    (errors.Forbidden, "Avito не даёт доступа к чатам: ключи или тариф"),
    (errors.RateLimited, "исчерпан лимит вызовов Avito"),
    (errors.BadRequest, "Avito не принимает запрос"),
    (errors.NotFound, "Avito не знает такого списка"),
    (errors.Untrusted, "сертификату Avito здесь не доверяют"),
)
_UNREADABLE = "ответ Avito не читается"
_AWAY = "Avito не отвечает"


def list_error(error: AvitoError | None) -> str:
    """Return why the list of chats was not read, in Russian, '' where it was."""
    if error is None:
        return ""
    is_answer = error.status is not None and 200 <= error.status < 300
    otherwise = _UNREADABLE if is_answer else _AWAY
    why = next((words for kind, words in _WORDS if isinstance(error, kind)), otherwise)
    status = "" if error.status is None else f" (HTTP {error.status})"
    return f"список чатов не прочитан: {why}{status}"
