"""Notes that operators leave each other beside a thread, in Redis. Avito and the buyer never see them.

A note: `{id, chat_id, text, by, at, deleted}`; its author chooses the `id`, so that a request sent twice
makes one note. A removed note is published once as `{id, chat_id, deleted: true}`.
"""

import time
from dataclasses import dataclass

import orjson
from redis.asyncio import Redis

from shared.process.stored import read_each
from shared.redis import keys
from shared.redis.lua import scripts
from shared.redis.lua.scripts import RemoveNoteVerdict, WriteNoteReply

LONGEST = 2_000
MOST = 200
MOST_BYTES = 128 * 1024
"""Of the notes of one chat; beyond either an old one must be removed first."""
MOST_BYTES_IN_ALL = 32 * 1024 * 1024
"""Of the notes of all chats."""


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


async def write(redis: Redis, key: NoteKey, text: str, by: str) -> WriteNoteReply:
    """Write a note; returns the verdict (lua/write_note.lua) and the note's JSON. Raises RedisError."""
    call = scripts.write_note(
        account_id=key.account,
        chat_id=key.chat_id,
        now=_now(),
        note_id=key.id,
        same=orjson.dumps({"text": text, "by": by})[1:-1],
        head=key.head,
        scope=key.scope,
        most=MOST,
        most_bytes=MOST_BYTES,
        most_bytes_in_all=MOST_BYTES_IN_ALL,
    )
    return await call.run(redis)


async def remove(redis: Redis, key: NoteKey, author: str | None) -> RemoveNoteVerdict:
    """Remove a note of `author` (None: of any author). Raises RedisError."""
    call = scripts.remove_note(
        account_id=key.account,
        chat_id=key.chat_id,
        now=_now(),
        note_id=key.id,
        author=author,
        head=key.head,
        scope=key.scope,
    )
    return await call.run(redis)


async def read_all(redis: Redis, account: int, chat_id: str) -> list[bytes]:
    """Return the notes of a chat (ready JSON), oldest first. Raises RedisError."""
    key = keys.notes(account, chat_id)
    read = read_each(key, await redis.hvals(key), lambda note: (*_written_at(note), note))
    return [note for _, _, note in sorted(read)]


def _written_at(note: bytes) -> tuple[float, str]:
    read = orjson.loads(note)
    return float(read["at"]), str(read["id"])


def _now() -> float:
    return round(time.time(), 3)
