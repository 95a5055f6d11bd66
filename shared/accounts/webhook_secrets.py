"""Which secrets in the webhook's URL prove that a post comes from Avito, while one replaces another.

They come from the settings. `make rotate-secret` writes a record to Redis, so that running services follow at
once and the old secret expires by itself. Pure, except for `load`, `save` and `restore`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from redis.asyncio import Redis

from shared.redis import keys

OVERLAP_S = 86_400.0
"""How long the previous secret still proves a post."""
IN_PROGRESS_S = 120.0
"""The command that began a younger rotation may still be at work."""
_RETIRED_KEPT = 32


@dataclass(frozen=True, slots=True)
class Rotation:
    """The secret was `previous` and is `current`; the previous one proves a post until `until` (Unix s).

    `retired`: fingerprints of the secrets before them, newest first.
    """

    current: str
    previous: str
    until: float
    retired: tuple[str, ...] = ()

    def rank(self, secret: str) -> int | None:
        """Return 0 for the current secret, more for each older one; None: not of this rotation."""
        mark = fingerprint(secret)
        known = (fingerprint(self.current), fingerprint(self.previous), *self.retired)
        return known.index(mark) if mark in known else None

    def follows(self, configured: tuple[str, ...]) -> bool:
        """Tell whether it was made after these settings (the secret in use first).

        It was not where they name a secret that it does not know, or an older one in place of a newer one:
        then the settings were changed later.
        """
        ranks = [self.rank(secret) for secret in configured]
        first = ranks[0] if ranks else None
        return first is not None and all(rank is None or rank >= first for rank in ranks)

    def is_in_progress(self, now: float) -> bool:
        """Tell whether the command that began it may still be at work."""
        return abs(now - (self.until - OVERLAP_S)) < IN_PROGRESS_S


def accepted_secrets(configured: tuple[str, ...], rotation: Rotation | None, now: float) -> tuple[str, ...]:
    """Return the secrets that prove a post, the one in use first. `configured`: those of the settings.

    All of `configured` prove, except those that a later rotation has ended.
    """
    if rotation is None or not rotation.follows(configured):
        return configured
    previous = (rotation.previous,) if now < rotation.until else ()
    return (rotation.current, *previous, *(secret for secret in configured if rotation.rank(secret) is None))


def rotate(before: Rotation | None, old: str, new: str, now: float) -> Rotation:
    """Return the record of a change from `old` to `new`, which keeps the secrets before them."""
    retired: tuple[str, ...] = ()
    if before is not None:
        earlier = (fingerprint(before.current), fingerprint(before.previous), *before.retired)
        retired = tuple(mark for mark in earlier if mark not in (fingerprint(old), fingerprint(new)))
    return Rotation(new, old, now + OVERLAP_S, retired[:_RETIRED_KEPT])


def fingerprint(secret: str) -> str:
    """Return a short hash that identifies a secret without revealing it."""
    return hashlib.sha256(b"webhook secret " + secret.encode()).hexdigest()[:12]


async def load(redis: Redis) -> Rotation | None:
    """Read the rotation, None when there was none. Raises redis.exceptions.RedisError."""
    return read(await redis.hgetall(keys.ROTATION))


def read(fields: Mapping[bytes, bytes]) -> Rotation | None:
    """Parse the record; None for an invalid one."""
    try:
        current, previous = fields[b"current"].decode(), fields[b"previous"].decode()
        retired = tuple(fields.get(b"retired", b"").decode().split())
        return Rotation(current, previous, float(fields[b"until"]), retired)
    except (KeyError, ValueError):
        return None


async def save(redis: Redis, rotation: Rotation) -> None:
    """Write the rotation; every service follows within seconds. Raises redis.exceptions.RedisError."""
    fields = {
        "current": rotation.current,
        "previous": rotation.previous,
        "until": repr(rotation.until),
        "retired": " ".join(rotation.retired),
    }
    await redis.hset(keys.ROTATION, mapping=fields)


async def restore(redis: Redis, before: Rotation | None) -> None:
    """Write the record that was there before, or delete it. Raises redis.exceptions.RedisError."""
    if before is None:
        await redis.delete(keys.ROTATION)
    else:
        await save(redis, before)
