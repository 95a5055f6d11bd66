"""Notes that operators leave each other beside a thread, in Redis. Avito and the buyer never see them.

A note: `{id, chat_id, text, by, at, deleted}`; its author chooses the `id`, so that a request sent twice
makes one note. A removed note is published once as `{id, chat_id, deleted: true}`.
"""

import time
from dataclasses import dataclass
from typing import Literal, cast

import orjson
from redis.asyncio import Redis

from shared.redis import keys, lua

LONGEST = 2_000
MOST = 200
"""Notes of one chat; beyond that an old one must be removed first."""

Written = Literal["written", "known", "conflict", "unknown", "full"]
Removed = Literal["done", "unknown", "foreign"]

_WRITE = lua.load("write_note")
_REMOVE = lua.load("remove_note")


@dataclass(frozen=True, slots=True)
class NoteKey:
    """Identifies a note; `id` is unique within its chat."""

    account: int
    chat_id: str
    id: str

    @property
    def head(self) -> bytes:
        """The JSON fields that identify it."""
        return orjson.dumps({"id": self.id, "chat_id": self.chat_id})[1:-1]

    @property
    def scope(self) -> bytes:
        """The JSON fields that say which chat its events are about."""
        return b'"account_id":%d,"chat_id":%b' % (self.account, orjson.dumps(self.chat_id))


async def write(redis: Redis, key: NoteKey, text: str, by: str) -> tuple[Written, bytes]:
    """Write a note; returns the verdict (lua/write_note.lua) and the note's JSON. Raises RedisError."""
    names = [
        *(keys.STATE, keys.JOURNAL),
        *(keys.chat(key.account, key.chat_id), keys.notes(key.account, key.chat_id)),
    ]
    same = orjson.dumps({"text": text, "by": by})[1:-1]
    arguments = [_now(), key.id, same, key.head, key.scope, MOST]
    verdict, note = await _WRITE.run(redis, names, arguments)
    return cast("Written", verdict.decode()), note


async def remove(redis: Redis, key: NoteKey, author: str | None) -> Removed:
    """Remove a note of `author` (None: of any author). Raises RedisError."""
    names = [keys.STATE, keys.JOURNAL, keys.notes(key.account, key.chat_id)]
    arguments = [_now(), key.id, author or "", key.head, key.scope]
    return cast("Removed", (await _REMOVE.run(redis, names, arguments)).decode())


async def read_all(redis: Redis, account: int, chat_id: str) -> list[bytes]:
    """Return the notes of a chat (ready JSON), oldest first. Raises RedisError."""
    found: list[bytes] = await redis.execute_command("HVALS", keys.notes(account, chat_id))
    return sorted(found, key=_written_at) if len(found) > 1 else found


def _written_at(note: bytes) -> tuple[float, str]:
    read = orjson.loads(note)
    return read["at"], read["id"]


def _now() -> str:
    return repr(round(time.time(), 3))
