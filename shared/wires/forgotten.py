"""Chats forgotten on their buyer's request: only a hash of which, and since when, is kept for ever.

A commit takes nothing of such a chat that is older than that moment (lua/commit.lua), whoever reports it.
Should the buyer write again, the chat begins anew.
"""

import hashlib

from redis.asyncio import Redis

from shared.redis import keys


def tombstone(account_id: int, chat_id: str) -> str:
    """Return the hash that stands for a chat; Avito's chat ids are too random to be guessed back from it."""
    return hashlib.sha256(f"{account_id} {chat_id}".encode()).hexdigest()


def key_of(account_id: int, chat_id: str) -> str:
    """Return the key that holds when the chat was forgotten (Unix seconds), if it was."""
    return keys.forgotten(tombstone(account_id, chat_id))


async def forgotten_at(redis: Redis, account_id: int, chat_id: str) -> float | None:
    """Return when a chat was forgotten (Unix seconds), None: never. Raises RedisError."""
    at = await redis.execute_command("GET", key_of(account_id, chat_id))
    return float(at) if at else None
