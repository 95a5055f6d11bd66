"""What brings older data up to each layout, see redis/layout.py. Each step may be cut off and run again."""

from redis.asyncio import Redis

from shared.redis import keys, lua

_AT_ONCE = 500
_GIVE_NOBODY = lua.load("unassign_chat")


async def number_layout(redis: Redis) -> None:
    """Layout 1 is how the data lay before layouts had numbers."""


async def add_chat_owners(redis: Redis) -> None:
    """Layout 2: every chat says who has it, at first nobody, and is listed among those that nobody has."""
    for account in map(int, await redis.execute_command("SMEMBERS", keys.ACCOUNTS)):
        rows = await redis.zrange(keys.chats(account), 0, -1, withscores=True)
        for start in range(0, len(rows), _AT_ONCE):
            async with redis.pipeline(transaction=False) as pipe:
                for chat_id, updated in rows[start : start + _AT_ONCE]:
                    names = [keys.chat(account, chat_id.decode()), keys.unassigned(account)]
                    pipe.execute_command("EVAL", _GIVE_NOBODY.text, len(names), *names, chat_id, updated)
                await pipe.execute()
