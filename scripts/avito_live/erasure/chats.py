"""Removes all data of a chat for good. A hash of the chat stays, in Redis and beside the backups.

The record `var/forgotten.jsonl` is needed since a backup does not know what was forgotten after it was made.
"""

import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
from redis.asyncio import Redis

from avito_live.erasure import key_names, record
from shared.redis import keys
from shared.wires import forgotten, inbox

_AT_ONCE = 500
_STREAMS = (keys.DEAD, keys.INBOX, keys.UNVERIFIED)
_RECORD = "forgotten.jsonl"

Chat = tuple[int, str]
"""Account id and chat id."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the record: the tombstone of a chat, and when it was forgotten (Unix seconds)."""

    tombstone: str
    at: float


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


def entry_of(chat: Chat, now: float) -> Entry:
    """Return the line for the record."""
    return Entry(forgotten.tombstone(*chat), now)


async def forget(store: Redis, chat: Chat, now: float) -> None:
    """Remove everything of one chat at once. Raises RedisError."""
    account, chat_id = chat
    await store.set(forgotten.key_of(account, chat_id), repr(now))  # first: nothing is added meanwhile
    gone, patterns = key_names.of_chat(account, chat_id)
    for pattern in patterns:
        gone += [name.decode() for name in await key_names.matching(store, pattern)]
    replies = [reply async for reply in _replies(store, account, chat_id)]
    members = [found async for found in _members(store, account, chat_id)]
    async with store.pipeline(transaction=True) as pipe:
        pipe.unlink(*gone)
        for remove, name, member in members:
            pipe.execute_command(remove, name, member)
        for reply in replies:
            pipe.unlink(reply.name, *filter(None, [reply.picture]))
            pipe.zrem(keys.OUTBOX_WAITING, reply.member)
            pipe.zrem(keys.PICTURES, reply.room)
        await pipe.execute()
    await _drop_from_streams(store, chat_id)
    await _drop_from_journal(store, chat_id)


async def forget_again(store: Redis, entries: Iterable[Entry]) -> int:
    """Forget the chats of these entries in a restored Redis; return how many it held."""
    known = {entry.tombstone: entry.at for entry in entries}
    for tombstone, at in known.items():
        await store.set(keys.forgotten(tombstone), repr(at))
    found = [chat async for chat in _every_chat(store) if forgotten.tombstone(*chat) in known]
    for chat in found:
        await forget(store, chat, known[forgotten.tombstone(*chat)])
    return len(found)


async def begin_epoch(store: Redis) -> None:
    """Begin a new epoch, so that gateways and browsers drop removed data and read again."""
    await store.hset(keys.STATE, "epoch", secrets.token_hex(6))


def read_record(home: Path) -> list[Entry]:
    """Return everything that was forgotten here. Raises OSError."""
    return [Entry(**line) for line in record.read(home, _RECORD)]


def append(home: Path, entries: Iterable[Entry]) -> None:
    """Add to the record. Raises OSError."""
    record.append(home, _RECORD, map(asdict, entries))


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
            named = {chat for chat, author in _named(inbox.read(fields).body) if wanted(chat, author)}
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


@dataclass(frozen=True, slots=True)
class _Reply:
    """The keys of a reply: its hash, the bytes of its picture (b'' if none), its members in two indexes."""

    name: bytes
    picture: bytes
    member: bytes
    room: bytes


async def _replies(store: Redis, account: int, chat_id: str) -> AsyncIterator[_Reply]:
    for name in await key_names.matching(store, f"{keys.reply(account, '')}*"):
        values = await store.hmget(name, ["chat", "chunks", "member", "room"])
        chat, chunks, member, room = (value or b"" for value in values)
        if chat == chat_id.encode():
            yield _Reply(name, chunks, member, room)


async def _members(store: Redis, account: int, chat_id: str) -> AsyncIterator[tuple[str, bytes, bytes]]:
    """Find the chat in keys of the whole account: (removing command, key, member)."""
    of_operators = keys.assigned(account, "").encode()
    for name in await key_names.matching(store, f"{keys.PREFIX}:{account}:*"):
        if name.count(b":") == 2 or name.startswith(of_operators):
            async for remove, member, value in _inside(store, name):
                if _names(member, chat_id) or orjson.dumps(chat_id) in value:
                    yield remove, name, member


async def _inside(store: Redis, name: bytes) -> AsyncIterator[tuple[str, bytes, bytes]]:
    """Yield the members of a key: (removing command, member or field, value of the field)."""
    match await store.type(name):
        case b"zset":
            async for member, _ in store.zscan_iter(name, count=_AT_ONCE):
                yield "ZREM", member, b""
        case b"set":
            async for member in store.sscan_iter(name, count=_AT_ONCE):
                yield "SREM", member, b""
        case b"hash":
            async for field, value in store.hscan_iter(name.decode(), count=_AT_ONCE):
                yield "HDEL", field, value


def _names(member: bytes, chat_id: str) -> bool:
    """Whether this is the id of the chat, alone or followed by that of a message."""
    return (member + b" ").startswith(chat_id.encode() + b" ")


async def _drop_from_streams(store: Redis, chat_id: str) -> None:
    wanted = orjson.dumps(chat_id)
    for stream in _STREAMS:
        for entry, fields in await store.xrange(stream):
            if any(wanted in value for value in fields.values()):
                await store.xdel(stream, entry)


async def _drop_from_journal(store: Redis, chat_id: str) -> None:
    """Drop all events up to the last one about the chat, since the journal must have no holes."""
    wanted = orjson.dumps(chat_id)
    last = "+"
    while events := await store.xrevrange(keys.JOURNAL, last, "-", count=_AT_ONCE):
        for entry, fields in events:
            if wanted in fields[b"e"]:
                seq = int(entry.partition(b"-")[0])
                await store.xtrim(keys.JOURNAL, minid=f"{seq + 1}-0", approximate=False)
                return
        last = f"({events[-1][0].decode()}"
