"""The accounts whose chats there are."""

from redis.asyncio import Redis

from shared.redis import keys


async def all_accounts(redis: Redis) -> list[int]:
    """Return the ids of all accounts."""
    return sorted(int(account) for account in await redis.smembers(keys.ACCOUNTS))
