"""The state of calls to Avito: one value in the facts, and what it means for the owner. Pure.

The worker writes it as `avito` into keys.FACTS: `ok`, `keys refused`, `keys or tariff` (403 for everything),
`not paid`, `certificate not trusted` (by the worker's machine), or `down since <Unix seconds>`.
"""

from typing import Literal, TypeAlias

OK = "ok"
KEYS_REFUSED = "keys refused"
KEYS_OR_TARIFF = "keys or tariff"
NOT_PAID = "not paid"
UNTRUSTED = "certificate not trusted"
DOWN_SINCE = "down since"

AvitoTrouble: TypeAlias = Literal[
    "", "keys_refused", "keys_or_tariff", "not_paid", "avito_untrusted", "avito_down"
]

_CODES: dict[str, AvitoTrouble] = {
    KEYS_REFUSED: "keys_refused",
    KEYS_OR_TARIFF: "keys_or_tariff",
    NOT_PAID: "not_paid",
    UNTRUSTED: "avito_untrusted",
}
_WORDS: dict[AvitoTrouble, str] = {
    "": "",
    "keys_refused": "Avito не принимает ключи: проверьте AVITO_CLIENT_ID и AVITO_CLIENT_SECRET (make doctor)",
    "keys_or_tariff": "Avito во всём отказывает: нужны ключи главного аккаунта и тариф с API мессенджера"
    " (make doctor)",
    "not_paid": "тариф Avito не включает API мессенджера: подключите его",
    "avito_untrusted": "этот сервер не доверяет сертификату Avito: установите ca-certificates,"
    " а за прокси назовите его центр сертификации в SSL_CERT_FILE, затем перезапустите worker (make doctor)",
    "avito_down": "Avito не отвечает: ответы и сверка ждут, делать ничего не нужно",
}


def trouble_of(avito: str | None) -> AvitoTrouble:
    """Return the trouble as one word, '' where there is none or nothing is known."""
    state = avito or OK
    return "avito_down" if state.startswith(DOWN_SINCE) else _CODES.get(state, "")


def words_of(trouble: AvitoTrouble) -> str:
    """Return what it means and what to do, in Russian; '' for no trouble."""
    return _WORDS[trouble]
