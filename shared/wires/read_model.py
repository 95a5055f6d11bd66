r"""Reads what commits store: a message as `header\nJSON` (lua/_message.lua), a chat as JSON (lua/_chat.lua).

What no commit can have written is shown to no one: one such value would make the whole answer unreadable.
"""

from collections.abc import Iterable
from typing import Any

import orjson

from shared.process.stored import read_each, read_or

_NUMBER = (int, float)
_OBJECT = (dict, type(None))


def read_message(value: bytes) -> dict[str, Any]:
    """Return a stored message as it is shown. Raises ValueError or TypeError for anything else."""
    message = _object(value.partition(b"\n")[2])
    texts = (message.get("id"), message.get("chat_id"), message.get("direction"), message.get("type"))
    is_whole = all(isinstance(text, str) for text in texts) and isinstance(message.get("created"), _NUMBER)
    if not is_whole or not isinstance(message.get("content"), dict):
        raise ValueError("no message")
    return message


def read_chat(text: bytes) -> dict[str, Any]:
    """Return a chat as it is shown. Raises ValueError for anything else."""
    chat = _object(text)
    objects = (chat.get("buyer"), chat.get("item"), chat.get("last_message"))
    is_whole = isinstance(chat.get("id"), str) and isinstance(chat.get("updated"), _NUMBER)
    if not is_whole or not all(isinstance(value, _OBJECT) for value in objects):
        raise ValueError("no chat")
    return chat


def stored_chat(key: str, text: bytes | None) -> dict[str, Any]:
    """Return the chat of a key; empty where there is none, or it cannot be read."""
    nothing: dict[str, Any] = {}
    return read_or(key, text, read_chat, nothing)


def shown_messages(key: str, values: Iterable[bytes | None]) -> list[bytes]:
    """Return the JSON of the stored messages of a key, without those that cannot be read."""
    return read_each(key, (value for value in values if value is not None), _shown)


def shown_chat(key: str, text: bytes | None) -> bytes | None:
    """Return the JSON of a chat; None where there is none, or it cannot be read."""
    return None if read_or(key, text, read_chat, None) is None else text


def objects(key: str, values: Iterable[bytes | None]) -> list[bytes]:
    """Return the JSON objects among the values of a key."""
    return read_each(key, (value for value in values if value is not None), _as_it_is)


def _as_it_is(text: bytes) -> bytes:
    _object(text)
    return text


def _shown(value: bytes) -> bytes:
    read_message(value)
    return value.partition(b"\n")[2]


def _object(text: bytes) -> dict[str, Any]:
    value = orjson.loads(text)
    if not isinstance(value, dict):
        raise ValueError("no object")  # noqa: TRY004 - as for other text
    return value
