"""Reads single messages back from the read model."""

from collections.abc import Callable
from typing import Any, cast

import orjson
from redis.asyncio import Redis

from shared.redis import keys
from shared.wires import thread
from worker.messages.message import Direction, Message

_NEWEST = 200


async def held_message(redis: Redis, account_id: int, chat_id: str, message_id: str) -> Message | None:
    """Return a held message as far as a commit needs it to find it again; None when it is not held."""
    value = await redis.execute_command("HGET", keys.messages(account_id, chat_id), message_id)
    return None if value is None else _read(account_id, _json(value))


async def read_until(
    redis: Redis, account_id: int, chat_id: str, is_last: Callable[[Message], bool]
) -> tuple[Message | None, bool]:
    """Return the buyer's newest message up to the last one that was seen, and whether a newer one is held.

    None when nothing of the buyer's is held up to there.
    """
    members = await redis.execute_command("ZREVRANGE", keys.thread(account_id, chat_id), 0, _NEWEST - 1)
    seen = newer = False
    for member in members:
        name = thread.message_id(member)
        value = await redis.execute_command("HGET", keys.messages(account_id, chat_id), name)
        if not value:
            continue
        message = _read(account_id, _json(value))
        seen = seen or is_last(message)
        if seen and message.direction == "in":
            return message, newer
        newer = newer or message.counts
    return None, newer


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
