"""What brings older data up to each layout, see shared/layout.py. Each step may be cut off and run again."""

from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import WatchError

from shared import keys


async def number_it(redis: Redis) -> None:
    """Layout 1 is how the data lay before layouts had numbers."""


async def give_chats_owners(redis: Redis) -> None:
    """Layout 2: every chat says who has it, at first nobody, and is listed among those that nobody has."""
    for account in map(int, await redis.execute_command("SMEMBERS", keys.ACCOUNTS)):
        for chat_id, updated in await redis.zrange(keys.chats(account), 0, -1, withscores=True):
            await _give_nobody(redis, account, chat_id.decode(), updated)


async def _give_nobody(redis: Redis, account: int, chat_id: str, updated: float) -> None:
    """Other workers may still commit meanwhile: nothing of theirs is undone."""
    name = keys.chat(account, chat_id)
    async with redis.pipeline(transaction=True) as pipe:
        while True:
            await pipe.watch(name)
            shown: Any = await pipe.execute_command("HGET", name, "json")
            if not shown or "owner" in orjson.loads(shown):
                return
            pipe.multi()
            pipe.execute_command("HSET", name, "json", shown[:-1] + b',"owner":null}')
            pipe.execute_command("ZADD", keys.free(account), updated, chat_id)
            try:
                await pipe.execute()
            except WatchError:
                continue
            return
