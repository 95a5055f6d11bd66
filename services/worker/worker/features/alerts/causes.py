"""What the owner has to know of, in their words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

NEARLY_FULL = 0.85
QUIET_AFTER_S = 3600.0
"""A cause that comes back within this time is not told again."""
_MEANT = ("unwanted", "no_address")


@dataclass(frozen=True, slots=True)
class Condition:
    """How the system is. `mode_since` in Unix s; `avito`: what the status says of it; shares 0..1."""

    mode: str = ""
    code: str = ""
    reason: str = ""
    mode_since: float = 0.0
    host: str = ""
    avito: str = ""
    memory: float = 0.0
    disk: float = 0.0


def causes(now_is: Condition, now: float, patience_s: float) -> dict[str, str]:
    """Return what there is to tell, by cause. Polling counts after `patience_s`, unless it is wanted."""
    found: dict[str, str] = {}
    if now_is.code == "taken":
        found[f"taken {now_is.host}"] = (
            f"Вебхук Avito занял другой сервис: {now_is.host}. Сообщения приходят опросом."
            " Вернуть вебхук себе: make subscribe"
        )
    elif now_is.mode == "polling" and now_is.code not in _MEANT and _lasts(now_is, now, patience_s):
        found["polling"] = (
            f"Сообщения давно приходят опросом, а не сразу: {now_is.reason}. Проверить всё: make doctor"
        )
    if now_is.avito == "keys refused":
        found["keys"] = "Avito не принимает ключи: ответы не уходят, сверки нет. Проверить: make doctor"
    if now_is.avito == "not paid":
        found["tariff"] = (
            "Тариф Avito не включает API мессенджера: подключите его, иначе сообщения не читаются"
        )
    if now_is.memory >= NEARLY_FULL:
        found["memory"] = f"Память Redis заполнена на {now_is.memory:.0%}: увеличьте maxmemory"
    if now_is.disk >= NEARLY_FULL:
        found["disk"] = f"Диск заполнен на {now_is.disk:.0%}: освободите место"
    return found


def _lasts(now_is: Condition, now: float, patience_s: float) -> bool:
    """Tell whether the mode is that old; where the clock was set back, nobody knows."""
    return not 0 <= now - now_is.mode_since < patience_s


def to_tell(found: Mapping[str, str], told: Mapping[str, float]) -> dict[str, str]:
    """Return what has not been told yet."""
    return {cause: text for cause, text in found.items() if cause not in told}


def to_forget(found: Mapping[str, str], told: Mapping[str, float], now: float) -> list[str]:
    """Return what has ended long enough ago to be told again when it comes back."""
    return [cause for cause, at in told.items() if cause not in found and not 0 <= now - at < QUIET_AFTER_S]
