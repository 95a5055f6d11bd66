"""The owner's choice of what rings and waits (shared/notices.py), as the gateway writes it."""

from collections.abc import Mapping

from redis.asyncio import Redis

from shared.notices import DEFAULTS
from shared.redis import keys


async def read(redis: Redis) -> dict[str, str]:
    """Return what is in effect for each kind. Raises RedisError."""
    chosen = await redis.hmget(keys.OPTIONS, [_option(kind) for kind in DEFAULTS])
    values = zip(DEFAULTS.items(), chosen, strict=True)
    return {kind: default if value is None else value.decode() for (kind, default), value in values}


def fields(notices: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of keys.OPTIONS that hold these choices."""
    return {_option(kind): choice for kind, choice in notices.items()}


def _option(kind: str) -> str:
    return f"notice:{kind}"
