"""Dead letters, inbox entries that could not be committed: lists and redrives them. The worker adds them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from redis.asyncio import Redis

from shared.redis import keys
from shared.redis.lua import scripts
from shared.wires import inbox

REASON = b"reason"
AT = b"at"
KEPT = (inbox.BODY, inbox.ACCEPTED, inbox.ENCODING)
"""Fields of an inbox entry that a dead letter keeps, and that go back."""

_AT_ONCE = 20
_ID = re.compile(r"\d{1,20}-\d{1,20}")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One dead letter: the webhook, why it could not be committed, and when."""

    id: str
    reason: str
    at: float
    webhook: inbox.Webhook


async def newest(redis: Redis, count: int, before: str = "") -> list[DeadLetter]:
    """List dead letters, newest first; only those before the id `before`, if given."""
    last = f"({before}" if before else "+"
    found = await redis.xrevrange(keys.DEAD, last, "-", count=count)
    return [_read(entry, fields) for entry, fields in found]


async def redrive(redis: Redis, letter_id: str) -> bool:
    """Move one back to the inbox; False when there is no such letter."""
    if not _ID.fullmatch(letter_id):
        return False
    return await scripts.redrive(letter=letter_id, wanted=KEPT).run(redis)


async def redrive_all(redis: Redis) -> int:
    """Move back all that are there now, oldest first; return how many."""
    count = 0
    last = await redis.xrevrange(keys.DEAD, count=1)
    while last:
        letters = await redis.xrange(keys.DEAD, "-", last[0][0], count=_AT_ONCE)
        if not letters:
            break
        count += sum([await redrive(redis, entry.decode()) for entry, _ in letters])
    return count


def _read(entry: bytes, fields: Mapping[bytes, bytes]) -> DeadLetter:
    reason = fields.get(REASON, b"").decode(errors="replace")
    return DeadLetter(entry.decode(), reason, float(fields.get(AT, b"0")), inbox.read(fields))
