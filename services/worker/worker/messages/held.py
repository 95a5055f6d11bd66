"""Reads messages back from the read model: one, the newest that was seen, or a whole thread as rows."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import cast

from redis.asyncio import Redis

from shared.process.stored import read_each, read_or, texts
from shared.redis import keys
from shared.wires import threads
from shared.wires.read_model import read_message as read_stored
from shared.wires.read_model import shown_chat
from worker.messages.kinds import kind_of
from worker.messages.message import Direction, Message, Unreadable
from worker.messages.reading import read_message
from worker.messages.thread import HeldThread, Row

_NEWEST = 200
_BEGAN_ANEW = (b" \xfe", b" \xff")
"""How the floor of a chat ends that was pruned or forgotten and then began anew (lua/commit.lua)."""
_SHOWN_ONLY, _WAITS = "0", "1"
"""Levels of a message (lua/_notice.lua)."""
_FP, _KIND = 4, 12
"""Where a header has the hash of the content, and the kind by which the message is noticed."""
_NONE = "-"


async def held_message(redis: Redis, account_id: int, chat_id: str, message_id: str) -> Message | None:
    """Return a held message without its content, as a commit needs it; None where it is not held."""
    key = keys.messages(account_id, chat_id)
    value = await redis.hget(key, message_id)
    return read_or(key, value, lambda one: _message(account_id, one), None)


async def held_since(redis: Redis, account_id: int, chat_id: str, created: float) -> list[Message]:
    """Return the held messages created since then (Unix s), without their content, oldest first."""
    members = await redis.zrangebyscore(keys.thread(account_id, chat_id), created, "+inf")
    key, ids = keys.messages(account_id, chat_id), [threads.message_id_of(member) for member in members]
    held = await redis.hmget(key, ids) if ids else []
    return read_each(key, (one for one in held if one is not None), lambda one: _message(account_id, one))


async def read_until(
    redis: Redis, account_id: int, chat_id: str, is_last: Callable[[Message], bool]
) -> tuple[Message | None, bool]:
    """Return the newest message up to the last one seen that can be unread; whether a newer one can be.

    None where there is none.
    """
    members = await redis.zrevrange(keys.thread(account_id, chat_id), 0, _NEWEST - 1)
    key, seen, newer = keys.messages(account_id, chat_id), False, False
    for member in members:
        value = await redis.hget(key, threads.message_id_of(member))
        found = read_or(key, value, lambda one: (_message(account_id, one), _flags(one)[1]), None)
        if found is None:
            continue
        message, level = found
        seen = seen or is_last(message)
        can_be_unread = level != _SHOWN_ONLY
        if seen and (can_be_unread or message.direction == "in"):
            return message, newer
        newer = newer or can_be_unread
    return None, newer


async def read_thread(redis: Redis, account_id: int, chat_id: str, keep: int) -> HeldThread:
    """Read a chat as of one instant; a chat that is not held has no rows. Raises RedisError."""
    async with redis.pipeline(transaction=True) as pipe:
        pipe.zrange(keys.thread(account_id, chat_id), 0, -1)
        pipe.hgetall(keys.messages(account_id, chat_id))
        pipe.hmget(keys.chat(account_id, chat_id), ["floor", "json"])
        pipe.zrange(keys.dismissed(account_id, chat_id), 0, -1)
        members, held, (floor, chat), dismissed = await pipe.execute()
    ids = (threads.message_id_of(member) for member in members)
    rows = read_each(keys.messages(account_id, chat_id), ids, lambda name: _row(name.decode(), held[name]))
    whole = (not floor or floor.endswith(_BEGAN_ANEW)) and len(members) < keep
    shown = shown_chat(keys.chat(account_id, chat_id), chat)
    dismissed_ids = texts(keys.dismissed(account_id, chat_id), dismissed)
    return HeldThread(tuple(rows), whole, frozenset(dismissed_ids), shown or b"{}")


async def misjudged_messages(redis: Redis, account_id: int, chat_id: str) -> tuple[Message, ...]:
    """Return the held messages that are read otherwise now than when they were stored. Raises RedisError."""
    key = keys.messages(account_id, chat_id)
    held = await redis.hgetall(key)
    judged = read_each(key, held.values(), lambda value: _judge_again(account_id, chat_id, value))
    return tuple(message for message in judged if message is not None)


def _judge_again(account_id: int, chat_id: str, value: bytes) -> Message | None:
    fields = value.partition(b"\n")[0].decode().split(" ")
    shown = read_stored(value)
    if shown["deleted"] or fields[_FP] == _NONE:
        return None
    with suppress(Unreadable):
        message = read_message(shown, account_id, chat_id)
        stored = (shown["direction"], _kind_of(fields, shown["type"]))
        if stored != (message.direction, message.notice) and not message.deleted:
            return replace(message, content_fp=fields[_FP])
    return None


def _kind_of(fields: list[str], kind: str) -> str:
    """Return how a message is noticed; an earlier version did not store it (lua/_message.lua)."""
    if len(fields) > _KIND:
        return "" if fields[_KIND] == _NONE else fields[_KIND]
    return {"o": "", "s": "system"}.get(fields[2][0], kind_of(kind).notice)


def _row(message_id: str, value: bytes) -> Row:
    r"""Read `header\nJSON`, see lua/_message.lua."""
    header, _, shown = value.partition(b"\n")
    created, _, flags, *_ = header.decode().split(" ")
    read_stored(value)
    return Row(message_id, float(created), flags[0] == "i", flags[1] == _WAITS, flags[2] == "1", shown)


def _flags(value: bytes) -> str:
    return value.split(b" ", 3)[2].decode()


def _message(account_id: int, value: bytes) -> Message:
    """Leave the content out: a commit keeps the content that is held. An unknown text is doubtful."""
    header, shown = value.partition(b"\n")[0], read_stored(value)
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
        doubtful=shown["type"] == "text" and header.split(b" ")[_FP] == _NONE.encode(),
        rank=shown["rank"],
    )
