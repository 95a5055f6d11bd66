"""Removes all data of a chat for good. A hash of the chat stays, in Redis and beside the backups.

The record `var/forgotten.jsonl` is needed since a backup does not know what was forgotten after it was made.
"""

import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import orjson
from redis.asyncio import Redis

from avito_live.erasure import key_names, record
from avito_live.erasure.note_sizes import notes_bytes
from shared.redis import keys
from shared.wires import forgotten, inbox
from shared.wires.webhook_body import readable

_AT_ONCE = 500
_STREAMS = (keys.DEAD, keys.INBOX, keys.UNVERIFIED)
_RECORD = "forgotten.jsonl"
_INSIDE = {b"zset": ("zscan_iter", "zrem"), b"set": ("sscan_iter", "srem"), b"hash": ("hscan_iter", "hdel")}
"""How redis-py lists the members of a key, and removes one."""

Chat = tuple[int, str]
"""Account id and chat id."""
Removal = tuple[Any, ...]
"""A method of redis-py and its arguments."""


async def chats_of(store: Redis, buyer: int) -> list[Chat]:
    """Return every chat with a buyer or with a message of the buyer. Raises RedisError.

    This includes chats that are known only from a webhook that could not be committed.
    """
    found = {chat async for chat in _every_chat(store) if await _is_with(store, chat, buyer)}
    return sorted(found | await _in_webhooks(store, lambda _, author: author == buyer))


async def holding(store: Redis, chat_id: str) -> list[Chat]:
    """Return the chat with this id, of any account, also if only a webhook has it. Raises RedisError."""
    found = {chat async for chat in _every_chat(store) if chat[1] == chat_id}
    return sorted(found | await _in_webhooks(store, lambda chat, _: chat == chat_id))


async def forget(store: Redis, chat: Chat, now: float) -> None:
    """Remove everything of one chat at once, and begin a new epoch. Raises RedisError."""
    account, chat_id = chat
    await store.set(forgotten.key_of(account, chat_id), repr(now))  # first: nothing is added meanwhile
    removals = [removal async for removal in _replies(store, account, chat_id)]
    removals += [removal async for removal in _keys_and_members(store, account, chat_id)]
    removals += [removal async for removal in _entries(store, chat_id)]
    removals += await _events(store, chat_id)
    if of_notes := await notes_bytes(store, [keys.notes(*chat)]):
        removals.append(("hincrby", keys.STATE, "notes", -of_notes))
    removals.append(("hset", keys.STATE, "epoch", secrets.token_hex(6)))  # gateways and browsers read again
    async with store.pipeline(transaction=True) as pipe:
        for method, *arguments in removals:
            getattr(pipe, method)(*arguments)
        await pipe.execute()
    for method, *arguments in await _events(store, chat_id):  # of what operators did in it meanwhile
        await getattr(store, method)(*arguments)


def remember(home: Path, chat: Chat, now: float) -> None:
    """Record that a chat is forgotten. Raises OSError."""
    record.append(home, _RECORD, [{"tombstone": forgotten.tombstone(*chat), "at": now}])


async def forget_again(store: Redis, home: Path) -> int:
    """Forget in a restored Redis the chats that were forgotten here; return how many it held."""
    known = {line["tombstone"]: line["at"] for line in record.read(home, _RECORD)}
    for tombstone, at in known.items():
        await store.set(keys.forgotten(tombstone), repr(at))
    found = [chat async for chat in _every_chat(store) if forgotten.tombstone(*chat) in known]
    for chat in found:
        await forget(store, chat, known[forgotten.tombstone(*chat)])
    return len(found)


async def _every_chat(store: Redis) -> AsyncIterator[Chat]:
    for account in await store.smembers(keys.ACCOUNTS):
        for chat_id in await store.zrange(keys.chats(int(account)), 0, -1):
            yield int(account), chat_id.decode()


async def _in_webhooks(store: Redis, wanted: Callable[[str, object], bool]) -> set[Chat]:
    """Find chats in webhooks that wait or are dead letters, by chat id and author."""
    accounts = [int(account) for account in await store.smembers(keys.ACCOUNTS)]
    found = set()
    for stream in _STREAMS:
        for _, fields in await store.xrange(stream):
            named = {chat for chat, author in _named(readable(inbox.read(fields))) if wanted(chat, author)}
            found |= {(account, chat) for account in accounts for chat in named}
    return found


def _named(body: bytes) -> list[tuple[str, object]]:
    """Return the chat id and author of each object in a webhook that has both. Pure."""
    try:
        waiting: list[Any] = [orjson.loads(body)]
    except orjson.JSONDecodeError:
        return []
    found = []
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("chat_id"), str):
                found.append((value["chat_id"], value.get("author_id")))
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return found


async def _is_with(store: Redis, chat: Chat, buyer: int) -> bool:
    shown = await store.hget(keys.chat(*chat), "json")
    known = (orjson.loads(shown) if shown else {}).get("buyer") or {}
    if known.get("id") is not None:
        return bool(known["id"] == buyer)
    held = await store.hvals(keys.messages(*chat))
    messages = (orjson.loads(value.partition(b"\n")[2]) for value in held)
    return any(message["direction"] == "in" and message["author_id"] == buyer for message in messages)


async def _replies(store: Redis, account: int, chat_id: str) -> AsyncIterator[Removal]:
    for name in await key_names.matching(store, f"{keys.reply(account, '')}*"):
        chat, picture, member, room = await store.hmget(name, ["chat", "chunks", "member", "room"])
        if chat == chat_id.encode():
            yield "unlink", name, *filter(None, [picture])
            yield "zrem", keys.OUTBOX_WAITING, member or b""
            yield "zrem", keys.PICTURES, room or b""


async def _keys_and_members(store: Redis, account: int, chat_id: str) -> AsyncIterator[Removal]:
    """Find the chat's own keys, and the chat in keys of the whole account.

    A member is the chat's id, alone or before that of a message, or it has a value that names the chat.
    """
    own, of_operators = key_names.of_chat(account, chat_id), keys.assigned(account, "").encode()
    for name in await key_names.matching(store, f"{keys.PREFIX}:{account}:*"):
        if own.fullmatch(name.decode("utf-8", "replace")):
            yield "unlink", name
            continue
        kind = await store.type(name)
        if kind in _INSIDE and (name.count(b":") == 2 or name.startswith(of_operators)):
            scan, remove = _INSIDE[kind]
            async for item in getattr(store, scan)(name, count=_AT_ONCE):
                member, value = item if isinstance(item, tuple) else (item, None)
                is_named = (member + b" ").startswith(chat_id.encode() + b" ")
                if is_named or (isinstance(value, bytes) and orjson.dumps(chat_id) in value):
                    yield remove, name, member


async def _entries(store: Redis, chat_id: str) -> AsyncIterator[Removal]:
    """Find the webhooks that wait, or could not be committed, and name the chat."""
    wanted = orjson.dumps(chat_id)
    for stream in _STREAMS:
        for entry, fields in await store.xrange(stream):
            said = (readable(inbox.read(fields)), *fields.values())
            if any(wanted in value for value in said):
                yield "xdel", stream, entry


async def _events(store: Redis, chat_id: str) -> list[Removal]:
    """Drop all events up to the last one about the chat, since the journal must have no holes."""
    wanted = orjson.dumps(chat_id)
    last = "+"
    while events := await store.xrevrange(keys.JOURNAL, last, "-", count=_AT_ONCE):
        for entry, fields in events:
            if wanted in fields[b"e"]:
                seq = int(entry.partition(b"-")[0])
                return [("execute_command", "XTRIM", keys.JOURNAL, "MINID", f"{seq + 1}-0")]
        last = f"({events[-1][0].decode()}"
    return []
