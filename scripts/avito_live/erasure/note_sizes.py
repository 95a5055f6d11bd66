"""How much the notes of removed chats took, which no longer counts (lua/_notes.lua)."""

from collections.abc import Iterable

from redis.asyncio import Redis

from shared.redis import keys


async def notes_bytes(store: Redis, names: Iterable[bytes | str]) -> int:
    """Return the bytes of all notes under these keys; 0 where none has been counted. Raises RedisError."""
    if not await store.hexists(keys.STATE, "notes"):
        return 0
    return sum([len(note) for name in names for note in await store.hvals(name)])
