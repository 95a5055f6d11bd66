"""Entries nobody could commit: kept with their reason, listed, put back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from shared import inbox, keys, lua

BURY = lua.load("bury")
REDRIVE = lua.load("redrive")
MOST = 10_000
_REASON = b"reason"
_AT = b"at"
_LONGEST_REASON = 500
_ENTRY_FIELDS = (inbox.BODY, inbox.ACCEPTED, inbox.SIGNATURE)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One entry that was given up: what came, why it could not be committed, when."""

    id: str
    reason: str
    at: float
    webhook: inbox.Webhook


def bury_command(entry: bytes, fields: Mapping[bytes, bytes], reason: str, now: float) -> list[Any]:
    """Return the command that moves an inbox entry to the dead letters."""
    names = [keys.INBOX, keys.DEAD, keys.TRIES, keys.COUNTERS]
    kept: list[Any] = [part for name in _ENTRY_FIELDS if name in fields for part in (name, fields[name])]
    kept += [_REASON, reason[:_LONGEST_REASON], _AT, repr(now)]
    return ["EVALSHA", BURY.sha, len(names), *names, keys.INBOX_GROUP, entry, MOST, *kept]


async def newest(redis: Redis, count: int) -> list[DeadLetter]:
    """List dead letters, newest first."""
    return [_read(entry, fields) for entry, fields in await redis.xrevrange(keys.DEAD, count=count)]


async def redrive(redis: Redis, letter_id: str) -> bool:
    """Put one back into the inbox; False when there is no such letter."""
    arguments = [letter_id, *_ENTRY_FIELDS]
    return bool(await REDRIVE.run(redis, [keys.DEAD, keys.INBOX], arguments))


async def redrive_all(redis: Redis) -> int:
    """Put back all that are there now, oldest first; return how many."""
    letters = await redis.xrange(keys.DEAD)
    return sum([await redrive(redis, entry.decode()) for entry, _ in letters])


def _read(entry: bytes, fields: Mapping[bytes, bytes]) -> DeadLetter:
    reason = fields.get(_REASON, b"").decode(errors="replace")
    return DeadLetter(entry.decode(), reason, float(fields.get(_AT, b"0")), inbox.read(fields))
