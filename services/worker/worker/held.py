"""Reads single messages back from the read model."""

from typing import Any, cast

import orjson
from redis.asyncio import Redis

from shared import keys, thread
from worker.message import Direction, Message

_NEWEST = 200


async def held_message(redis: Redis, account_id: int, chat_id: str, message_id: str) -> Message | None:
    """Return a held message as far as a commit needs it to find it again; None when it is not held."""
    value = await redis.execute_command("HGET", keys.messages(account_id, chat_id), message_id)
    return None if value is None else _read(account_id, _json(value))


async def newest_of_buyer(redis: Redis, account_id: int, chat_id: str) -> Message | None:
    """Return the newest held message of the buyer; None when there is none."""
    members = await redis.execute_command("ZREVRANGE", keys.thread(account_id, chat_id), 0, _NEWEST - 1)
    for member in members:
        name = thread.message_id(member)
        value = await redis.execute_command("HGET", keys.messages(account_id, chat_id), name)
        shown = _json(value) if value else {}
        if shown.get("direction") == "in":
            return _read(account_id, shown)
    return None


def _json(value: bytes) -> dict[str, Any]:
    return dict(orjson.loads(value.partition(b"\n")[2]))


def _read(account_id: int, shown: dict[str, Any]) -> Message:
    """Content is left out: what is held stays as it is."""
    return Message(
        account_id=account_id,
        chat_id=shown["chat_id"],
        id=shown["id"],
        author_id=shown["author_id"],
        created=shown["created"],
        type=shown["type"],
        direction=cast("Direction", shown["direction"]),
        content=b"{}",
        content_fp="",
        read=shown["read"],
        deleted=shown["deleted"],
        rank=shown["rank"],
    )
