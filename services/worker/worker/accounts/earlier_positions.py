"""Positions in the journal as the version before saved them: under a key each, by their seq alone."""

from redis.asyncio import Redis

from shared.process.stored import read_or
from shared.redis import keys
from shared.redis.journal import JournalPosition


async def carry_over(redis: Redis, account_id: int, name: str) -> None:
    """Move a follower's position to where it is saved now, if the version before has saved one.

    It is deleted there, so one that is found is the newer one: the version before ran again meanwhile. Its
    epoch is not known; like any that is saved beside the journal it holds in the present one.
    Raises RedisError.
    """
    places = {
        "coach": (keys.coach_position(account_id), ()),
        "forwarding": (keys.FORWARDING_POSITION, ()),
        "search": (keys.search_changes(account_id), ("epoch", "seq")),
    }
    if name not in places:
        return
    key, fields = places[name]
    async with redis.pipeline(transaction=True) as pipe:
        await pipe.watch(key)
        seq = await (pipe.hget(key, "seq") if fields else pipe.get(key))
        if seq is None:
            return
        pipe.multi()
        if (reached := read_or(key, seq, int, None)) is not None:
            pipe.hset(keys.journal_positions(account_id), name, str(JournalPosition("-", reached)))
        if fields:
            pipe.hdel(key, *fields)
        else:
            pipe.delete(key)
        await pipe.execute()
