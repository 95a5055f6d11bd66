"""The names of all keys in shared/redis/keys.py: the name of a key, the keys of a chat, those in a Redis."""

import inspect
import re
from collections.abc import Callable
from functools import cache

from redis.asyncio import Redis

from shared.redis import keys

_NO_KEYS = ("PREFIX", "EVENTS", "INBOX_GROUP")
"""These are a prefix, a channel and a consumer group."""
_ANYTHING = "\0"
_GLOB = re.compile(r"([*?\[\]\\])")


@cache
def names() -> tuple[str, ...]:
    """Return the name of every key."""
    return tuple(
        name
        for name, value in vars(keys).items()
        if name not in _NO_KEYS
        and not name.startswith("_")
        and (isinstance(value, str) or inspect.isfunction(value))
    )


def name_of(key: bytes) -> str | None:
    """Return the name of a key, or None if this version does not have it."""
    found = _patterns().fullmatch(key.decode("utf-8", "replace"))
    return found.lastgroup if found else None


def of_chat(account: int, chat_id: str) -> tuple[list[str], list[str]]:
    """Return the keys of a chat, and patterns for those whose names have more parts."""
    exact, patterns = list[str](), list[str]()
    for key in _functions():
        match list(inspect.signature(key).parameters):
            case ["account_id", "chat_id"]:
                exact.append(key(account, chat_id))
            case ["account_id", "chat_id", *more]:
                patterns.append(key(account, escaped(chat_id), *("*" for _ in more)))
    return exact, patterns


async def matching(store: Redis, pattern: str) -> set[bytes]:
    """Return the keys in a Redis that match a pattern. Raises RedisError."""
    return {name async for name in store.scan_iter(match=pattern, count=500)}


def escaped(text: str) -> str:
    """Return a pattern for SCAN that matches only this text."""
    return _GLOB.sub(r"\\\1", text)


_Key = Callable[..., str]


def _functions() -> list[_Key]:
    return [value for name in names() if inspect.isfunction(value := getattr(keys, name))]


@cache
def _patterns() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{name}>{_regex(getattr(keys, name))})" for name in names()), re.DOTALL)


def _regex(key: str | _Key) -> str:
    if isinstance(key, str):
        return re.escape(key)
    parameters = inspect.signature(key).parameters
    text = re.escape(key(**{name: f"{_ANYTHING}{name}{_ANYTHING}" for name in parameters}))
    for name in parameters:
        mark = re.escape(f"{_ANYTHING}{name}{_ANYTHING}")
        text = text.replace(mark, r"\d+" if name == "account_id" else ".*")
    return text
