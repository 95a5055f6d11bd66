"""Notes that operators leave each other beside a thread, in Redis. Avito and the buyer never learn of them.

A note: `{id, chat_id, text, by, at, deleted}`; `id` is chosen by who writes it, so that the same wish sent
twice is one note. One that was removed is told once as `{id, chat_id, deleted: true}`.
"""

import time
from dataclasses import dataclass
from typing import Literal, cast

import orjson
from redis.asyncio import Redis

from shared.redis import keys, lua

LONGEST = 2_000
MOST = 200
"""Notes of one chat; past it somebody must remove an old one."""

Written = Literal["written", "known", "conflict", "unknown", "full"]
Removed = Literal["done", "unknown", "foreign"]

_WRITE = lua.load("write_note")
_REMOVE = lua.load("remove_note")


@dataclass(frozen=True, slots=True)
class NoteKey:
    """Which note: `id` is unique within its chat."""

    account: int
    chat_id: str
    id: str

    @property
    def head(self) -> bytes:
        """The JSON of what names it."""
        return orjson.dumps({"id": self.id, "chat_id": self.chat_id})[1:-1]

    @property
    def scope(self) -> bytes:
        """The JSON of what its events are about."""
        return b'"account_id":%d,"chat_id":%b' % (self.account, orjson.dumps(self.chat_id))


async def write(redis: Redis, place: NoteKey, text: str, by: str) -> tuple[Written, bytes]:
    """Keep a note; returns the verdict (lua/write_note.lua) and its JSON. Raises RedisError."""
    names = [
        *(keys.STATE, keys.JOURNAL),
        *(keys.chat(place.account, place.chat_id), keys.notes(place.account, place.chat_id)),
    ]
    same = orjson.dumps({"text": text, "by": by})[1:-1]
    arguments = [_now(), place.id, same, place.head, place.scope, MOST]
    verdict, note = await _WRITE.run(redis, names, arguments)
    return cast("Written", verdict.decode()), note


async def remove(redis: Redis, place: NoteKey, who: str | None) -> Removed:
    """Remove a note that `who` wrote (None: whoever wrote it). Raises RedisError."""
    names = [keys.STATE, keys.JOURNAL, keys.notes(place.account, place.chat_id)]
    arguments = [_now(), place.id, who or "", place.head, place.scope]
    return cast("Removed", (await _REMOVE.run(redis, names, arguments)).decode())


async def all_of(redis: Redis, account: int, chat_id: str) -> list[bytes]:
    """Return the notes of a chat (ready JSON), oldest first. Raises RedisError."""
    found: list[bytes] = await redis.execute_command("HVALS", keys.notes(account, chat_id))
    return sorted(found, key=_written_at) if len(found) > 1 else found


def _written_at(note: bytes) -> tuple[float, str]:
    read = orjson.loads(note)
    return read["at"], read["id"]


def _now() -> str:
    return repr(round(time.time(), 3))
