"""The book of what ended of anybody's access: `var/access-ended.jsonl`, beside the backups, without secrets.

A restored backup knows nothing of what ended after it. Commands write here what Redis knows of it.
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
    """Return what ever ended here. Raises OSError."""
    return [Ended(**line) for line in record.read(home, _NAME)]


async def keep_up(home: Path, redis: Redis) -> None:
    """Add what the book does not know yet, and say so where it cannot be written. Raises RedisError."""
    held = access_ended.read(await redis.execute_command("HGETALL", keys.ACCESS_ENDED))
    try:
        if new := access_ended.later(held, read(home)):
            record.write_down(home, _NAME, [asdict(one) for one in new])
    except OSError as error:
        print(f"Not written into var/{_NAME} ({error}): a restore would not know of it.", file=sys.stderr)
