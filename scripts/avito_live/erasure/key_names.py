"""The names of all keys in shared/redis/keys.py: the name of a key, the keys of a chat, those in a Redis."""

import inspect
import re
from collections.abc import Callable
from functools import cache

from redis.asyncio import Redis

from shared.redis import keys

_NO_KEYS = ("PREFIX", "EVENTS", "INBOX_GROUP")
"""These are a prefix, a channel and a consumer group."""
NAMED: dict[str, str | Callable[..., str]] = {
    name: value
    for name, value in vars(keys).items()
    if name not in _NO_KEYS and name[0] != "_" and (isinstance(value, str) or inspect.isfunction(value))
}
"""Every key, or the function that returns it, by its name."""


def name_of(key: bytes) -> str | None:
    """Return the name of a key, or None if this version does not have it."""
    found = _patterns().fullmatch(key.decode("utf-8", "replace"))
    return found.lastgroup if found else None


def of_chat(account: int, chat_id: str) -> tuple[list[str], list[str]]:
    """Return the keys of a chat, and patterns for those whose names have more parts."""
    exact, patterns = list[str](), list[str]()
    escaped = re.sub(r"([*?\[\]\\])", r"\\\1", chat_id)
    for key in NAMED.values():
        match [] if isinstance(key, str) else list(inspect.signature(key).parameters):
            case ["account_id", "chat_id"]:
                exact.append(key(account, chat_id))  # type: ignore[operator]  # a function, as it has parameters
            case ["account_id", "chat_id", *more]:
                patterns.append(key(account, escaped, *("*" for _ in more)))  # type: ignore[operator]  # the same
    return exact, patterns


async def matching(store: Redis, pattern: str) -> set[bytes]:
    """Return the keys in a Redis that match a pattern. Raises RedisError."""
    return {name async for name in store.scan_iter(match=pattern, count=500)}


@cache
def _patterns() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{name}>{_regex(key)})" for name, key in NAMED.items()), re.DOTALL)


def _regex(key: str | Callable[..., str]) -> str:
    if isinstance(key, str):
        return re.escape(key)
    parameters = inspect.signature(key).parameters
    text = re.escape(key(**{name: f"\0{name}\0" for name in parameters}))
    for name in parameters:
        text = text.replace(re.escape(f"\0{name}\0"), r"\d+" if name == "account_id" else ".*")
    return text
