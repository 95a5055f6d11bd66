"""Assignments in Redis: a chat has one operator at most (lua/assign_chat.lua)."""

import time

import orjson
from redis.asyncio import Redis

from push_gateway.chats.accounts import all_accounts
from shared.process.stored import answers, skipping, texts
from shared.redis import keys
from shared.redis.lua import Call, scripts
from shared.redis.lua.scripts import AssignChatReply, AssignChatVerdict

TAKE_BY_ANSWERING = "take_by_answering"
"""The option (1 or 0) that gives an unassigned chat to the first operator who answers in it."""

_AT_ONCE = 50


async def assign(
    redis: Redis, account: int, chat_id: str, owner: str | None, was: str | None, *, option: str = ""
) -> tuple[AssignChatVerdict, str | None]:
    """Assign a chat to `owner` (None: to no one) if it is `was`'s; returns the result and the present owner.

    `option`: only while this option is on. Raises RedisError.
    """
    done = await _assigning(account, chat_id, owner, was, option).run(redis)
    return done.verdict, done.owner or None


def _assigning(
    account: int, chat_id: str, owner: str | None, was: str | None, option: str = ""
) -> Call[AssignChatReply]:
    return scripts.assign_chat(
        account_id=account,
        chat_id=chat_id,
        chat_json=orjson.dumps(chat_id),
        now=round(time.time(), 3),
        owner=owner,
        seen=was,
        option=option,
    )


async def take_by_answering(redis: Redis, account: int, chat_id: str, operator: str) -> None:
    """Assign an unassigned chat to the operator who answers in it, unless that is off. Raises RedisError."""
    await assign(redis, account, chat_id, operator, None, option=TAKE_BY_ANSWERING)


async def unassign_all(redis: Redis, operator: str) -> int:
    """Unassign all chats of an operator who may not log in any more; returns how many. Raises RedisError."""
    freed = 0
    for account in await all_accounts(redis):
        index = keys.assigned(account, operator)
        while chats := await redis.zrange(index, 0, _AT_ONCE - 1):
            freed += await _unassign(redis, account, texts(index, chats), operator)
            # A chat that the index names wrongly must go too, or the loop would never end.
            await redis.zrem(index, *chats)
    return freed


async def _unassign(redis: Redis, account: int, chats: list[str], operator: str) -> int:
    """Unassign chats in one round trip, except the first one, which loads the script if need be."""
    first = ""
    for chat_id in chats[:1]:
        with skipping(keys.chat(account, chat_id)):
            first, _ = await assign(redis, account, chat_id, None, operator)
    async with redis.pipeline(transaction=False) as pipe:
        for chat_id in chats[1:]:
            pipe.execute_command(*_assigning(account, chat_id, None, operator).evalsha())
        rest = await answers(pipe) if chats[1:] else []
    return [first, *(done[0].decode() for done in rest if isinstance(done, list))].count("done")
