"""Has stored messages that cannot be read replaced by Avito's, where Avito lists them."""

from collections.abc import Iterable

from redis.asyncio import Redis

from shared.process.stored import read_or
from shared.redis import keys
from shared.redis.lua import scripts
from shared.wires.read_model import read_message
from worker.messages.message import Message

_NOTHING = b""
"""No message: the next commit replaces it, and does not take Avito's for a new one (lua/_thread.lua)."""


async def clear_unreadable(redis: Redis, account_id: int, chat_id: str, listed: Iterable[Message]) -> None:
    """Clear what is stored of these messages and cannot be read. Raises RedisError."""
    key, ids = keys.messages(account_id, chat_id), [message.id for message in listed]
    held = await redis.hmget(key, ids) if ids else []
    for message_id, value in zip(ids, held, strict=True):
        if value and read_or(key, value, read_message, None) is None:
            call = scripts.set_field_if_same(hash_key=key, field=message_id, seen=value, new=_NOTHING)
            await call.run(redis)
