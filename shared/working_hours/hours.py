"""The owner's setting of working hours and the automatic answer outside them: its format and its checks.

Kept as JSON under keys.WORKING_HOURS: `{"zone": "Europe/Moscow", "days": [["09:00", "21:00"], …, null],
"automatic": {"enabled": false, "text": "…"}, "version": 3}`; seven days from Monday on, null is closed all
day, an end at or before its beginning lies on the next day, `version` counts the changes (absent: 0).
"""

import re
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from shared.wires.outbox import MAX_TEXT_LENGTH

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_DAY = 24 * 60
_LONGEST_ZONE = 64
TEXT = "Здравствуйте! Сейчас мы не работаем и ответим вам в рабочее время."

Opening = tuple[int, int]
"""From and to, in minutes after the day's midnight; `to` may be on the next day."""


class BadHoursError(ValueError):
    """An invalid setting; `code` is for machines, the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Hours:
    """When the shop is open. `days`: Monday first, None: closed; at least one is not."""

    zone: str = "Europe/Moscow"
    days: tuple[Opening | None, ...] = ((9 * 60, 21 * 60),) * 7


@dataclass(frozen=True, slots=True)
class Setting:
    """The owner's setting. `automatic`: buyers get `text` outside working hours."""

    hours: Hours = Hours()
    automatic: bool = False
    text: str = TEXT


def read(data: bytes | None) -> Setting:
    """Parse the stored setting; the default where there is none or it is invalid."""
    if not data:
        return Setting()
    try:
        return parse(orjson.loads(data))
    except ValueError:
        return Setting()


def version_of(data: bytes | None) -> int:
    """Return how often the stored setting was changed."""
    try:
        value = orjson.loads(data or b"{}")
    except orjson.JSONDecodeError:
        return 0
    version = value.get("version") if isinstance(value, dict) else None
    return version if isinstance(version, int) else 0


def parse(value: Any) -> Setting:
    """Parse and check a setting. Raises BadHoursError."""
    if not isinstance(value, dict):
        raise BadHoursError("bad_hours", "Working hours must be an object.")
    automatic = value.get("automatic")
    if not isinstance(automatic, dict) or not isinstance(automatic.get("enabled"), bool):
        raise BadHoursError("bad_automatic", "automatic must be an object: enabled (true or false) and text.")
    hours = Hours(_zone(value.get("zone")), _days(value.get("days")))
    return Setting(hours, automatic["enabled"], _text(automatic.get("text")))


def to_json(setting: Setting) -> dict[str, Any]:
    """Return the setting as it is stored and sent."""
    return {
        "zone": setting.hours.zone,
        "days": [day and [_clock(day[0]), _clock(day[1])] for day in setting.hours.days],
        "automatic": {"enabled": setting.automatic, "text": setting.text},
    }


def _zone(value: Any) -> str:
    if isinstance(value, str) and 0 < len(value) <= _LONGEST_ZONE:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
        else:
            return value
    raise BadHoursError("bad_zone", "zone must be the name of a time zone, such as Europe/Moscow.")


def _days(value: Any) -> tuple[Opening | None, ...]:
    if not isinstance(value, list) or len(value) != 7:
        raise BadHoursError("bad_days", "days must be a list of seven, Monday first.")
    days = tuple(_opening(day) for day in value)
    if not any(days):
        raise BadHoursError("never_open", "At least one day must have working hours.")
    return days


def _opening(value: Any) -> Opening | None:
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 2:
        begin, end = _minutes(value[0]), _minutes(value[1])
        if begin is not None and end is not None:
            return (begin, end if end > begin else end + _DAY)
    raise BadHoursError("bad_days", 'A day must be null or ["09:00", "21:00"]: from and to.')


def _minutes(value: Any) -> int | None:
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    return int(found[1]) * 60 + int(found[2]) if found else None


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def _text(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not 0 < len(text) <= MAX_TEXT_LENGTH:
        raise BadHoursError("bad_text", f"The automatic answer must have 1 to {MAX_TEXT_LENGTH} characters.")
    return text
