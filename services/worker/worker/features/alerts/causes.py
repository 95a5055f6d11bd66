"""The causes of alerts, and the text for the owner. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.avito_state import trouble_of, words_of
from shared.printable import printable

NEARLY_FULL = 0.85
QUIET_AFTER_S = 3600.0
"""A cause that comes back within this time is not alerted again."""
_MEANT = ("unwanted", "no_address")


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of the system. `mode_since` in Unix s; `avito` as in the status; `memory`, `disk`: 0 to 1."""

    mode: str = ""
    code: str = ""
    reason: str = ""
    mode_since: float = 0.0
    host: str = ""
    avito: str = ""
    memory: float = 0.0
    disk: float = 0.0


def causes(condition: Condition, now: float, patience_s: float) -> dict[str, str]:
    """Return the text of each cause that holds. Polling counts after `patience_s`, unless it is wanted."""
    found: dict[str, str] = {}
    if condition.code == "taken":
        found[f"taken {condition.host}"] = (
            f"Вебхук Avito занял другой сервис: {printable(condition.host)}. Сообщения приходят опросом."
            " Вернуть вебхук себе: make subscribe"
        )
    elif condition.mode == "polling" and condition.code not in _MEANT and _lasts(condition, now, patience_s):
        found["polling"] = (
            f"Сообщения давно приходят опросом, а не сразу: {printable(condition.reason)}."
            " Проверить всё: make doctor"
        )
    trouble = trouble_of(condition.avito)
    if trouble == "keys_refused":
        found["keys"] = "Avito не принимает ключи: ответы не уходят, сверки нет. Проверить: make doctor"
    if trouble == "keys_or_tariff":
        found["keys or tariff"] = f"{words_of(trouble)}. Ответы не уходят, сверки нет"
    if trouble == "not_paid":
        found["tariff"] = (
            "Тариф Avito не включает API мессенджера: подключите его, иначе сообщения не читаются"
        )
    if trouble == "avito_untrusted":
        words = words_of(trouble)
        found["certificate"] = f"{words[0].upper()}{words[1:]}. Ответы не уходят, сверки нет"
    if condition.memory >= NEARLY_FULL:
        found["memory"] = f"Память Redis заполнена на {condition.memory:.0%}: увеличьте maxmemory"
    if condition.disk >= NEARLY_FULL:
        found["disk"] = f"Диск заполнен на {condition.disk:.0%}: освободите место"
    return found


def _lasts(condition: Condition, now: float, patience_s: float) -> bool:
    """Tell whether the mode is that old; after the clock was set back it counts as old."""
    return not 0 <= now - condition.mode_since < patience_s


def to_forget(found: Mapping[str, str], sent: Mapping[str, float], now: float) -> list[str]:
    """Return the causes that ended long enough ago to be alerted again when they come back."""
    return [cause for cause, at in sent.items() if cause not in found and not 0 <= now - at < QUIET_AFTER_S]
