"""The record of access that ended: `var/access-ended.jsonl`, beside the backups, without secrets.

A backup does not know what ended after it was made. Commands copy it here from Redis.
"""

import sys
from dataclasses import asdict
from pathlib import Path

from redis.asyncio import Redis

from avito_live.erasure import record
from shared.redis import keys
from shared.wires import revocations
from shared.wires.revocations import Revocation

_NAME = "access-ended.jsonl"


def read(home: Path) -> list[Revocation]:
    """Return all access that ended here. Raises OSError."""
    return [Revocation(**line) for line in record.read(home, _NAME)]


async def keep_up(home: Path, redis: Redis) -> None:
    """Add to the record what it lacks; print a warning if it cannot be written. Raises RedisError."""
    held = revocations.read(await redis.execute_command("HGETALL", keys.ACCESS_ENDED))
    try:
        if new := revocations.newer_than(held, read(home)):
            record.append(home, _NAME, [asdict(one) for one in new])
    except OSError as error:
        print(f"var/{_NAME} cannot be written ({error}): a restore would revive what ended.", file=sys.stderr)
