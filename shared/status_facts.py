"""Reads what the status is made of.

keys.FACTS is a hash that the worker writes; every field is text and may be absent (unknown):
`mode` (webhook or polling), `reason`, `wanted` and `subscribed` (1 or 0), `last_webhook_at`,
`last_canary_at` (Unix seconds), `sweep_received`, `sweep_shown`, `sweep_missing`, `sweep_unchecked`,
`sweep_beyond` (1: Avito has chats that it does not list), `sweep_error` (why the last list was not read,
empty where it was), `sweep_failures` (lists in a row that were not read), `import_done`, `import_total`
(chats of the first import), `demo` (1: Avito is a simulator on this machine),
`avito` (the state of calls to Avito, see avito_state.py),
`trouble` (its trouble as `mode` events name it).
"""

from contextlib import suppress
from math import isfinite
from typing import Any, NamedTuple

import orjson
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

from shared.redis import keys
from shared.redis.health import ask_health
from shared.redis.info import RedisInfo

SWITCHES_SHOWN = 20


class StoredStatus(NamedTuple):
    """What Redis replied; `oldest` is a list of at most one entry."""

    facts: dict[str, str]
    last_event_at: float | None
    waiting: int
    oldest: list[Any]
    dead: int
    outbox: int
    switches: list[bytes]
    counters: dict[bytes, bytes]
    info: RedisInfo


async def read_stored(redis: Redis) -> StoredStatus:
    """Read it all. Raises redis.exceptions.RedisError or TimeoutError."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.hgetall(keys.FACTS)
        pipe.xlen(keys.INBOX)
        pipe.xrange(keys.INBOX, count=1)
        pipe.xlen(keys.DEAD)
        pipe.zcard(keys.OUTBOX_WAITING)
        pipe.lrange(keys.SWITCHES, 0, SWITCHES_SHOWN - 1)
        facts, *others = await pipe.execute()
    named = {as_text(name): as_text(value) for name, value in facts.items()}
    later = (await _counters(redis), await ask_health(redis))
    return StoredStatus(*(named, await _last_event_at(redis), *others, *later))


async def _last_event_at(redis: Redis) -> float | None:
    """Return when the newest event of the journal happened; ingest may not read the journal itself."""
    with suppress(NoPermissionError):  # users.acl of the version before
        at, seq = await redis.hmget(keys.STATE, ["at", "seq"])
        if at or seq in (None, b"0"):
            return as_number(as_text(at))
    with suppress(NoPermissionError):  # no event since that version
        for _, fields in await redis.xrevrange(keys.JOURNAL, count=1):
            return _happened(fields.get(b"e", b""))
    return None


async def _counters(redis: Redis) -> dict[bytes, bytes]:
    try:
        return dict(await redis.hgetall(keys.COUNTERS))
    except NoPermissionError:  # users.acl of an older version
        return {}


def _happened(event: bytes) -> float | None:
    at = (as_json(event) or {}).get("at")
    return float(at) if isinstance(at, int | float) else None


def as_text(value: bytes | None) -> str:
    """Return a value of Redis as text, '' for none."""
    return value.decode("utf-8", "replace") if value else ""


def as_json(text: bytes) -> dict[str, Any] | None:
    """Return a JSON object, None for anything else."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def as_number(text: str | None) -> float | None:
    """Return a finite number, None for anything else."""
    try:
        number = float(text or "nan")
    except ValueError:
        return None
    return number if isfinite(number) else None


def as_whole(text: str | None) -> int | None:
    """Return a number without its fraction, None for anything else."""
    number = as_number(text)
    return None if number is None else int(number)


def as_flag(text: str | None) -> bool | None:
    """Return whether a fact is "1", None for none."""
    return None if text is None else text == "1"
