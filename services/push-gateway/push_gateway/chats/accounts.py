"""The accounts, and the account of a chat."""

from redis.asyncio import Redis

from push_gateway.http.errors import ApiError
from push_gateway.ws.protocol import LONGEST_ID
from shared.redis import keys


async def all_accounts(redis: Redis) -> list[int]:
    """Return the ids of all accounts."""
    return sorted(int(account) for account in await redis.smembers(keys.ACCOUNTS))


async def account_of(redis: Redis, chat_id: str) -> int:
    """Return the account that a chat belongs to; ApiError 404 when there is no such chat."""
    if 0 < len(chat_id) <= LONGEST_ID:
        for account in await all_accounts(redis):
            if await redis.exists(keys.chat(account, chat_id)):
                return account
    raise ApiError(404, "unknown_chat", "There is no such chat.")
