"""Keeps a picture in Redis until it is sent: in chunks, bounded in all, gone by itself after a day."""

import secrets

from redis.asyncio import Redis

from push_gateway.replies.picture_check import CheckedPicture
from shared.redis import keys, lua
from shared.wires.outbox import PICTURE_KEPT_S, KeptPicture

CHUNK = 256 * 1024
MOST_BYTES = 128 * 1024 * 1024
MOST_PICTURES = 1_000
STORED_WITHIN_S = 120
"""How long a picture that never was stored whole takes room."""

_RESERVE = lua.load("reserve_room")


async def keep(redis: Redis, account_id: int, picture: CheckedPicture, now: float) -> KeptPicture | None:
    """Store a picture, None when there is no room now. A chunk at a time, so that nobody waits long.

    What breaks off takes its room for `STORED_WITHIN_S` only: the caller may have gone, or Redis.
    """
    kept = KeptPicture(secrets.token_hex(12), picture.size, picture.content_type)
    bounds = [repr(now), repr(now + STORED_WITHIN_S), kept.room, kept.size, MOST_BYTES, MOST_PICTURES]
    if not await _RESERVE.run(redis, [keys.PICTURES], bounds):
        return None
    name = keys.picture(account_id, kept.id)
    picture.file.seek(0)
    while chunk := picture.file.read(CHUNK):
        async with redis.pipeline(transaction=True) as pipe:
            pipe.execute_command("RPUSH", name, chunk)
            pipe.execute_command("EXPIRE", name, STORED_WITHIN_S)
            await pipe.execute()
    async with redis.pipeline(transaction=True) as pipe:
        pipe.execute_command("ZADD", keys.PICTURES, repr(now + PICTURE_KEPT_S), kept.room)
        pipe.execute_command("EXPIRE", name, PICTURE_KEPT_S)
        await pipe.execute()
    return kept


async def forget(redis: Redis, account_id: int, kept: KeptPicture) -> None:
    """Let go of a picture that is not needed after all."""
    await redis.execute_command("UNLINK", keys.picture(account_id, kept.id))
    await redis.execute_command("ZREM", keys.PICTURES, kept.room)
