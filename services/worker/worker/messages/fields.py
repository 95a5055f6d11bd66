"""The fields of a message as Avito spells and types them, and as others do. Pure."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import Any

import orjson

from worker.messages.kinds import KINDS
from worker.messages.message import Unreadable

UNKNOWN = "unknown"
"""The kind of a message that says none."""
LONGEST_ID = 256
STEPS = (".", "..")
"""No address can hold them: each client takes them for steps of its path."""
AROUND_IDS = " \t\r\n\0"
"""Characters that may stand around an id, and are no part of it."""
_UNIX_YEAR_2000 = 946_684_800
_SECONDS_END = 1e11
_MICROSECONDS_END = 1e17
_BEYOND_NANOSECONDS = 1e20
_DEEPEST = 32
_LARGEST = 256 * 1024
_LONGEST_TEXT = 16_000
"""Characters: far more than Avito allows, and few enough for every browser's queue."""
_WRAPPERS = ("content", "message", "value", "body", "data")
_PARTS = tuple(kind for kind in KINDS if kind not in ("system", "deleted"))

_EVENTS = ("message", "newmessage", "chatmessage")
_KINDS_BY_FOLD = {kind.lower(): kind for kind in KINDS}

_SPELLINGS: Mapping[str, frozenset[str]] = {
    "id": frozenset({"id", "messageid", "msgid"}),
    "chat_id": frozenset({"chatid", "channelid", "conversationid", "dialogid", "threadid"}),
    "user_id": frozenset({"userid", "accountid"}),
    "author_id": frozenset({"authorid", "senderid", "fromid", "fromuserid"}),
    "created": frozenset({"created", "createdat", "timestamp", "ts", "time", "date", "sentat"}),
    "content": frozenset({"content"}),
    "text": frozenset({"text", "messagetext"}),
    "type": frozenset({"type", "messagetype"}),
    "chat_type": frozenset({"chattype"}),
}
_HOLDERS: Mapping[str, frozenset[str]] = {
    "chat_id": frozenset({"chat", "channel", "conversation", "dialog"}),
    "user_id": frozenset({"account"}),
    "author_id": frozenset({"author", "sender", "from"}),
}
_NO_HOLDERS: frozenset[str] = frozenset()


def fold(key: str) -> str:
    """Return a key without its spelling: `chat_id`, `chatId` and `Chat-ID` are one."""
    return _fold(key[:64])


@lru_cache(maxsize=8_192)  # more than one body can have
def _fold(key: str) -> str:
    return "".join(filter(str.isalnum, key.lower()))


def field(value: Mapping[str, Any], name: str) -> Any:
    """Return a field by its name, another spelling of it, or the id of the object of that name; else None."""
    found = value.get(name)
    if found is not None:
        return found
    spellings, holders = _SPELLINGS[name], _HOLDERS.get(name, _NO_HOLDERS)
    for key, other in value.items():
        if other is None:
            continue
        if (word := fold(key)) in spellings:
            return other
        if word in holders:
            return other.get("id") if isinstance(other, dict) else other
    return None


def has_field(value: Mapping[str, Any], name: str) -> bool:
    """Tell whether a field is there under any spelling, null or not."""
    spellings, holders = _SPELLINGS[name], _HOLDERS.get(name, _NO_HOLDERS)
    return any((word := fold(key)) in spellings or word in holders for key in value)


def read_id(value: Any, name: str) -> str:
    """Return an id, also a number, as text. Raises Unreadable, also for one that no address can hold."""
    text = str(value).strip(AROUND_IDS) if isinstance(value, str | int) else ""
    if isinstance(value, bool) or not text:
        raise Unreadable(f"message without {name}")
    if len(text) > LONGEST_ID:
        raise Unreadable(f"{name} is too long")
    if text in STEPS:
        raise Unreadable(f"{name} {text!r} is no id")
    return text


def whole_number(value: Any) -> int | None:
    """Return a number that fits 63 bits and is not negative, also as text or as 7.0; None for all else."""
    if isinstance(value, str):
        digits = value.strip(AROUND_IDS).removesuffix(".0")
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value < 2**63 else None


def accounts_of(value: Any) -> list[Any]:
    """Return what a user_id names: numbers, or words that are none; nothing for an empty or odd one."""
    inner = value if isinstance(value, list) else [value.get("id") if isinstance(value, dict) else value]
    named = (one for one in inner if isinstance(one, str | int | float) and not isinstance(one, bool))
    return [one for one in named if one != ""]


def read_time(value: Any) -> float | None:
    """Return a time in Unix seconds, also from milli-, micro- or nanoseconds, as text or in ISO form.

    None for what is no time, or one before the year 2000.
    """
    if isinstance(value, str):
        value = _time_in_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if _SECONDS_END <= value < _BEYOND_NANOSECONDS:
        value /= 1e3 if value < 1e14 else 1e6 if value < _MICROSECONDS_END else 1e9
    return float(value) if value >= _UNIX_YEAR_2000 else None


def _time_in_text(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def read_kind(value: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """Return a message's kind; where none is given, that of its content, else `unknown`."""
    said = field(value, "type")
    if isinstance(said, str) and said in KINDS:
        return said
    said = said.strip() if isinstance(said, str) else ""
    if 0 < len(said) <= LONGEST_ID and fold(said) not in _EVENTS:
        return _KINDS_BY_FOLD.get(fold(said).removesuffix("message"), said)  # as in `text_message`
    return next((kind for kind in _PARTS if content.get(kind) is not None), UNKNOWN)


def read_content(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message's content as Avito gave it; of any other form, what can be read of it."""
    content = field(value, "content")
    if content is None:
        parts = {name: value[name] for name in _PARTS if value.get(name) is not None}
        content = parts or {"text": field(value, "text")}
        if content == {"text": None}:
            return {}
    if not isinstance(content, dict):
        text = _words(content)
        return {} if text is None else {"text": text}
    for _ in range(_DEEPEST):
        inner = next(iter(content.values()), None)
        if len(content) != 1 or not content.keys() <= {*_WRAPPERS} or not isinstance(inner, dict | str):
            break
        if isinstance(inner, str):
            return {"text": inner}
        content = inner
    text = content.get("text")
    return content if text is None or isinstance(text, str) else content | {"text": _words(text)}


def _words(value: Any, depth: int = 0) -> str | None:
    """Return the words in a value that ought to be a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if depth >= _DEEPEST or not isinstance(value, list | dict):
        return None
    inner = value if isinstance(value, list) else [value.get(name) for name in ("text", *_WRAPPERS)]
    found = [words for one in inner if (words := _words(one, depth + 1))]
    return "\n".join(found) or None


def keep_json(value: dict[str, Any] | None) -> tuple[Any, bytes]:
    """Return a value and its JSON; what is too deep or too large for the way to the browsers is cut off."""
    try:
        dumped = orjson.dumps(value)
    except orjson.JSONEncodeError:
        dumped = b""
    if value and not 0 < len(dumped) <= _LARGEST:
        value = _cut(value, _DEEPEST)
        dumped = orjson.dumps(value)
    if value and len(dumped) > _LARGEST:
        value = dict(islice(((name, one) for name, one in value.items() if isinstance(one, str)), 3))
        dumped = orjson.dumps(value)
    return value, dumped


def _cut(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_TEXT else f"{value[:_LONGEST_TEXT]}…"
    if not isinstance(value, dict | list):
        return value
    if not depth:
        return "…"
    if isinstance(value, list):
        return [_cut(one, depth - 1) for one in value]
    return {name: _cut(one, depth - 1) for name, one in value.items()}
