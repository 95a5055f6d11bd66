"""Chats forgotten on their buyer's request: only a hash of the chat's id and the time are kept.

A commit ignores messages of such a chat that are older than that time (lua/commit.lua), from every source. If
the buyer writes again, the chat begins anew.
"""

import hashlib

from redis.asyncio import Redis

from shared.process.stored import read_or
from shared.redis import keys


def tombstone(account_id: int, chat_id: str) -> str:
    """Return the hash of a chat's id; Avito's ids are too random to be guessed from it."""
    return hashlib.sha256(f"{account_id} {chat_id}".encode()).hexdigest()


def key_of(account_id: int, chat_id: str) -> str:
    """Return the key that holds when the chat was forgotten (Unix seconds), if it was."""
    return keys.forgotten(tombstone(account_id, chat_id))


async def forgotten_at(redis: Redis, account_id: int, chat_id: str) -> float | None:
    """Return when a chat was forgotten (Unix seconds), None: never. Raises RedisError."""
    key = key_of(account_id, chat_id)
    return read_or(key, await redis.get(key) or None, float, None)
