"""Threads as operators see them and as Avito has them, in one form, so that a test can compare them."""

from typing import Any

import orjson
from redis.asyncio import Redis

from shared.redis import keys
from testbed.avito import Avito

Threads = dict[str, list[tuple[Any, ...]]]
"""Chat id -> (message id, type, content), oldest first; a deleted message is (id, 'deleted', {})."""


async def shown(redis: Redis, account_id: int) -> Threads:
    """Read every thread of the read model."""
    chats: list[bytes] = await redis.zrange(keys.chats(account_id), 0, -1)
    return {chat.decode(): await _thread(redis, account_id, chat.decode()) for chat in chats}


async def truth(avito: Avito, newest: int = 200) -> Threads:
    """Read every thread with messages from Avito, limited to the newest ones that the read model keeps."""
    told = (await avito.truth("chats"))["chats"]
    return {
        chat["id"]: [_of_avito(message) for message in chat["messages"][:newest][::-1]]
        for chat in told
        if chat["messages"]
    }


async def _thread(redis: Redis, account_id: int, chat_id: str) -> list[tuple[Any, ...]]:
    async with redis.pipeline(transaction=True) as pipe:
        pipe.zrange(keys.thread(account_id, chat_id), 0, -1)
        pipe.hgetall(keys.messages(account_id, chat_id))
        members, held = await pipe.execute()
    ids = [member[1:] if member.startswith(b"~") else member[3:] for member in members]
    assert sorted(ids) == sorted(held)
    messages = [orjson.loads(held[message_id].partition(b"\n")[2]) for message_id in ids]
    return [row(message) for message in messages]


def row(message: dict[str, Any]) -> tuple[Any, ...]:
    """Return a message in the form of `Threads`."""
    content = {name: value for name, value in message["content"].items() if value is not None}
    return (message["id"], message["type"], content)


def _of_avito(message: dict[str, Any]) -> tuple[Any, ...]:
    if message["type"] == "deleted" or message["content"].get("text") == "Сообщение удалено":
        return (message["id"], "deleted", {})
    return row(message)
