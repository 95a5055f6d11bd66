"""The record of access that ended: `var/access-ended.jsonl`, beside the backups, without secrets.

A backup does not know what ended after it was made. Commands copy it here from Redis.
"""

import sys
from dataclasses import asdict
from pathlib import Path

from redis.asyncio import Redis

from erasure import record
from shared.redis import keys
from shared.wires import access_ended
from shared.wires.access_ended import Ended

_NAME = "access-ended.jsonl"


def read(home: Path) -> list[Ended]:
    """Return all access that ended here. Raises OSError."""
    return [Ended(**line) for line in record.read(home, _NAME)]


async def keep_up(home: Path, redis: Redis) -> None:
    """Add to the record what it lacks; print a warning if it cannot be written. Raises RedisError."""
    held = access_ended.read(await redis.execute_command("HGETALL", keys.ACCESS_ENDED))
    try:
        if new := access_ended.later(held, read(home)):
            record.append(home, _NAME, [asdict(one) for one in new])
    except OSError as error:
        print(f"var/{_NAME} cannot be written ({error}): a restore would revive what ended.", file=sys.stderr)
