"""Entries nobody could commit: listed for people, put back. The worker buries them."""

from collections.abc import Mapping
from dataclasses import dataclass

from redis.asyncio import Redis

from shared import inbox, keys, lua

REASON = b"reason"
AT = b"at"
KEPT = (inbox.BODY, inbox.ACCEPTED, inbox.SIGNATURE)
"""Fields of an inbox entry that a dead letter keeps, and that go back."""

_REDRIVE = lua.load("redrive")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One entry that was given up: what came, why it could not be committed, when."""

    id: str
    reason: str
    at: float
    webhook: inbox.Webhook


async def newest(redis: Redis, count: int, before: str = "") -> list[DeadLetter]:
    """List dead letters, newest first; `before` the letter of this id, if given."""
    last = f"({before}" if before else "+"
    found = await redis.execute_command("XREVRANGE", keys.DEAD, last, "-", "COUNT", count)
    return [_read(entry, fields) for entry, fields in found]


async def redrive(redis: Redis, letter_id: str) -> bool:
    """Put one back into the inbox; False when there is no such letter."""
    return bool(await _REDRIVE.run(redis, [keys.DEAD, keys.INBOX], [letter_id, *KEPT]))


async def redrive_all(redis: Redis) -> int:
    """Put back all that are there now, oldest first; return how many."""
    letters = await redis.execute_command("XRANGE", keys.DEAD, "-", "+")
    return sum([await redrive(redis, entry.decode()) for entry, _ in letters])


def _read(entry: bytes, fields: Mapping[bytes, bytes]) -> DeadLetter:
    reason = fields.get(REASON, b"").decode(errors="replace")
    return DeadLetter(entry.decode(), reason, float(fields.get(AT, b"0")), inbox.read(fields))
