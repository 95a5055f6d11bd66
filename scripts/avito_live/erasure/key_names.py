"""The names of all keys in shared/redis/keys.py: the name of a key, the keys of a chat, those in a Redis."""

import inspect
import re
from collections.abc import Callable, Mapping
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


def of_chat(account: int, chat_id: str) -> re.Pattern[str]:
    """Return a pattern of the names of a chat's keys."""
    given = {"account_id": str(account), "chat_id": re.escape(chat_id)}
    ours = [key for key in NAMED.values() if callable(key) and "chat_id" in inspect.signature(key).parameters]
    return re.compile("|".join(_regex(key, given) for key in ours), re.DOTALL)


async def matching(store: Redis, pattern: str) -> set[bytes]:
    """Return the keys in a Redis that match a pattern. Raises RedisError."""
    return {name async for name in store.scan_iter(match=pattern, count=500)}


@cache
def _patterns() -> re.Pattern[str]:
    any_account = {"account_id": r"\d+"}
    named = (f"(?P<{name}>{_regex(key, any_account)})" for name, key in NAMED.items())
    return re.compile("|".join(named), re.DOTALL)


def _regex(key: str | Callable[..., str], given: Mapping[str, str]) -> str:
    if isinstance(key, str):
        return re.escape(key)
    parameters = inspect.signature(key).parameters
    text = re.escape(key(**{name: f"\0{name}\0" for name in parameters}))
    for name in parameters:
        text = text.replace(re.escape(f"\0{name}\0"), given.get(name, ".*"))
    return text
