"""Positions in the journal as the version before saved them: under a key each, by their seq alone."""

from redis.asyncio import Redis

from shared.redis import keys
from shared.redis.journal import JournalPosition


async def carry_over(redis: Redis, account_id: int, name: str) -> bool:
    """Move a follower's position to where it is saved now; tell whether there was one.

    Its epoch is not known; like any that is saved beside the journal it holds in the present one.
    Raises RedisError.
    """
    places = {
        "coach": (keys.coach_position(account_id), ()),
        "forwarding": (keys.FORWARDING_POSITION, ()),
        "search": (keys.search_changes(account_id), ("epoch", "seq")),
    }
    if name not in places:
        return False
    key, fields = places[name]
    seq = await redis.hget(key, "seq") if fields else await redis.get(key)
    if seq is None:
        return False
    carried = str(JournalPosition("-", int(seq))).encode()
    async with redis.pipeline(transaction=True) as pipe:
        pipe.hsetnx(keys.journal_positions(account_id), name, carried)
        if fields:
            pipe.hdel(key, *fields)
        else:
            pipe.delete(key)
        await pipe.execute()
    return True
