"""The accounts whose chats there are."""

from redis.asyncio import Redis

from shared.process.stored import read_each
from shared.redis import keys


async def all_accounts(redis: Redis) -> list[int]:
    """Return the ids of all accounts."""
    return sorted(read_each(keys.ACCOUNTS, await redis.smembers(keys.ACCOUNTS), int))
