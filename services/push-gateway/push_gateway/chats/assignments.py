"""Assignments in Redis: a chat has one operator at most (lua/assign_chat.lua)."""

import time
from typing import Any, Literal, cast

import orjson
from redis.asyncio import Redis

from push_gateway.chats.accounts import all_accounts
from shared.redis import keys, lua

AssignResult = Literal["done", "lost", "stranger", "off", "unknown"]

TAKE_BY_ANSWERING = "take_by_answering"
"""The option (1 or 0) that gives an unassigned chat to the first operator who answers in it."""

_ASSIGN = lua.load("assign_chat")
_AT_ONCE = 50


async def assign(
    redis: Redis, account: int, chat_id: str, owner: str | None, was: str | None, *, option: str = ""
) -> tuple[AssignResult, str | None]:
    """Assign a chat to `owner` (None: to no one) if it is `was`'s; returns the result and the present owner.

    `option`: only while this option is on. Raises RedisError.
    """
    names, arguments = _script_call(account, chat_id, owner, was, option)
    verdict, now_of = await _ASSIGN.run(redis, names, arguments)
    return cast("AssignResult", verdict.decode()), now_of.decode() or None


def _script_call(
    account: int, chat_id: str, owner: str | None, was: str | None, option: str = ""
) -> tuple[list[str], list[Any]]:
    """Return the keys and arguments of the script."""
    names = [
        *(keys.STATE, keys.JOURNAL, keys.INBOX),
        *(keys.chat(account, chat_id), keys.thread(account, chat_id), keys.messages(account, chat_id)),
        *(keys.waiting(account, chat_id), keys.chats(account)),
        *(keys.unread(account), keys.unanswered(account)),
        *(keys.unassigned(account), keys.assigned(account, ""), keys.OPERATORS, keys.OPTIONS),
    ]
    now = repr(round(time.time(), 3))
    return names, [now, account, chat_id, orjson.dumps(chat_id), owner or "", was or "", option]


async def take_by_answering(redis: Redis, account: int, chat_id: str, operator: str) -> None:
    """Assign an unassigned chat to the operator who answers in it, unless that is off. Raises RedisError."""
    await assign(redis, account, chat_id, operator, None, option=TAKE_BY_ANSWERING)


async def unassign_all(redis: Redis, operator: str) -> int:
    """Unassign all chats of an operator who may not log in any more; returns how many. Raises RedisError."""
    freed = 0
    for account in await all_accounts(redis):
        index = keys.assigned(account, operator)
        while chats := await redis.execute_command("ZRANGE", index, 0, _AT_ONCE - 1):
            freed += await _unassign(redis, account, [chat_id.decode() for chat_id in chats], operator)
            # A chat that the index names wrongly must go too, or the loop would never end.
            await redis.execute_command("ZREM", index, *chats)
    return freed


async def _unassign(redis: Redis, account: int, chats: list[str], operator: str) -> int:
    """Unassign chats in one round trip, except the first one, which loads the script if need be."""
    first, _ = await assign(redis, account, chats[0], None, operator)
    async with redis.pipeline(transaction=False) as pipe:
        for chat_id in chats[1:]:
            names, arguments = _script_call(account, chat_id, None, operator)
            pipe.execute_command("EVALSHA", _ASSIGN.sha, len(names), *names, *arguments)
        rest = await pipe.execute() if chats[1:] else []
    return [first, *(verdict.decode() for verdict, _ in rest)].count("done")
