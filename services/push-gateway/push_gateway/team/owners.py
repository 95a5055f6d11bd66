"""Whose chat is whose in Redis: given, taken, left; one operator at most has a chat (lua/assign_chat.lua)."""

import time
from typing import Literal, cast

import orjson
from redis.asyncio import Redis

from push_gateway.accounts import all_accounts
from push_gateway.options import TAKE_BY_ANSWERING
from shared import keys, lua

Verdict = Literal["done", "lost", "stranger", "off", "unknown"]

_ASSIGN = lua.load("assign_chat")
_AT_ONCE = 200


async def assign(
    redis: Redis, account: int, chat_id: str, owner: str | None, was: str | None, *, option: str = ""
) -> tuple[Verdict, str | None]:
    """Give a chat to `owner` (None: nobody) if `was` has it; returns what came of it and who has it now.

    `option`: only while this option is on. Raises RedisError.
    """
    names = [
        *(keys.STATE, keys.JOURNAL, keys.INBOX),
        *(keys.chat(account, chat_id), keys.thread(account, chat_id), keys.messages(account, chat_id)),
        *(keys.waiting(account, chat_id), keys.chats(account)),
        *(keys.unread(account), keys.unanswered(account)),
        *(keys.free(account), keys.owned(account, ""), keys.OPERATORS, keys.OPTIONS),
    ]
    arguments = [
        *(repr(round(time.time(), 3)), account, chat_id, orjson.dumps(chat_id)),
        *(owner or "", was or "", option),
    ]
    verdict, now_of = await _ASSIGN.run(redis, names, arguments)
    return cast("Verdict", verdict.decode()), now_of.decode() or None


async def take_by_answering(redis: Redis, account: int, chat_id: str, operator: str) -> None:
    """Give a chat that nobody has to who answers in it, unless that is switched off. Raises RedisError."""
    await assign(redis, account, chat_id, operator, None, option=TAKE_BY_ANSWERING)


async def free_all(redis: Redis, operator: str) -> int:
    """Take all chats from an operator who cannot log in any more; returns how many. Raises RedisError."""
    freed = 0
    for account in await all_accounts(redis):
        index = keys.owned(account, operator)
        while chats := await redis.execute_command("ZRANGE", index, 0, _AT_ONCE - 1):
            for chat_id in chats:
                verdict, _ = await assign(redis, account, chat_id.decode(), None, operator)
                freed += verdict == "done"
            # Also what the index names wrongly, or it would be tried for ever.
            await redis.execute_command("ZREM", index, *chats)
    return freed
