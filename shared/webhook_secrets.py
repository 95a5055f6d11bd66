"""Which secrets in the webhook's URL prove that a post comes from Avito, while one replaces another.

The environment says them; `make rotate-secret` writes a record to Redis, so that running services follow at
once and the old one ends by itself. Pure, but for `load` and `save`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from shared import keys


@dataclass(frozen=True, slots=True)
class Rotation:
    """The secret was `previous` and is `current`; the previous one proves until `until` (Unix s)."""

    current: str
    previous: str
    until: float


def accepted(own: tuple[str, ...], rotation: Rotation | None, now: float) -> tuple[str, ...]:
    """Return the secrets that prove, the one in use first. `own`: what the environment says.

    A rotation that speaks of none of our own secrets is of another time: the environment was changed since.
    """
    if rotation is None or not {rotation.current, rotation.previous} & set(own):
        return own
    return (rotation.current, rotation.previous) if now < rotation.until else (rotation.current,)


def fingerprint(secret: str) -> str:
    """Tell a secret without telling it."""
    return hashlib.sha256(b"webhook secret " + secret.encode()).hexdigest()[:12]


async def load(redis: Redis) -> Rotation | None:
    """Read the rotation, None when there was none. Raises redis.exceptions.RedisError."""
    return read(await redis.execute_command("HGETALL", keys.ROTATION))


def read(fields: Mapping[bytes, bytes]) -> Rotation | None:
    """Understand the record; nonsense is none."""
    try:
        current, previous = fields[b"current"].decode(), fields[b"previous"].decode()
        return Rotation(current, previous, float(fields[b"until"]))
    except (KeyError, ValueError):
        return None


async def save(redis: Redis, rotation: Rotation) -> None:
    """Write the rotation; every service follows within seconds. Raises redis.exceptions.RedisError."""
    fields: list[Any] = ["current", rotation.current, "previous", rotation.previous]
    await redis.execute_command("HSET", keys.ROTATION, *fields, "until", repr(rotation.until))
