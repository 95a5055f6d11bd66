"""Migrations of older data to each layout (redis/layout.py). Each may be interrupted and run again."""

from redis.asyncio import Redis

from shared.redis import keys
from shared.redis.lua import scripts

_AT_ONCE = 500


async def number_layout(redis: Redis) -> None:
    """Layout 1 is that of the data before layouts had numbers."""


async def add_chat_owners(redis: Redis) -> None:
    """Layout 2: every chat has an owner, at first null, and is listed among the unassigned ones."""
    for account in map(int, await redis.smembers(keys.ACCOUNTS)):
        rows = await redis.zrange(keys.chats(account), 0, -1, withscores=True)
        for start in range(0, len(rows), _AT_ONCE):
            async with redis.pipeline(transaction=False) as pipe:
                for chat_id, updated in rows[start : start + _AT_ONCE]:
                    call = scripts.unassign_chat(
                        account_id=account, chat_id=chat_id.decode(), updated=updated
                    )
                    pipe.execute_command(*call.eval())
                await pipe.execute()
