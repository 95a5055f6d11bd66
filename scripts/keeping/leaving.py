"""Removes everything that belongs to one account, and what was true only of it."""

from redis.asyncio import Redis

from shared import keys

_AT_ONCE = 500


async def leave(store: Redis, account: int) -> int:
    """Remove an account's data; operators, quick replies and settings stay. Return how many keys went."""
    names = {name async for name in store.scan_iter(match=f"{keys.PREFIX}:{account}:*", count=_AT_ONCE)}
    waiting = [
        member
        for member in await store.zrange(keys.OUTBOX_WAITING, 0, -1)
        if member.startswith(f"{account}/".encode())
    ]
    async with store.pipeline(transaction=True) as pipe:
        for name in names:
            pipe.unlink(name)
        for member in waiting:
            pipe.zrem(keys.OUTBOX_WAITING, member)
        pipe.execute_command("SREM", keys.ACCOUNTS, account)
        pipe.unlink(keys.FACTS, keys.SWITCHES, keys.TOLD, keys.FORWARDED)
        pipe.execute_command("XTRIM", keys.JOURNAL, "MAXLEN", 0)
        await pipe.execute()
    return len(names)
