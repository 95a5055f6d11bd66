"""Keeps the search index as new as the read model: made at the first search, then kept up by the journal."""

import asyncio
from collections.abc import Iterable

import orjson
from redis.asyncio import Redis

from push_gateway import journal
from push_gateway.search import Filter, Found, Index
from shared import keys

_AT_ONCE = 250
_CATCH_UP_AT_MOST = 2_000


class Finder:
    """Searches; costs nothing while nobody does."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._index = Index()
        self._epoch = ""
        self._seq = 0
        self._lock = asyncio.Lock()

    async def find(self, query: str, kind: Filter) -> list[Found]:
        """Return the chats that fit, as of now and in no order. Raises RedisError."""
        async with self._lock:
            part = await journal.read(self._redis, self._seq, _CATCH_UP_AT_MOST)
            follows = part.rows[0][0] == self._seq + 1 if part.rows else part.head == self._seq
            whole = not part.rows or part.rows[-1][0] == part.head
            if part.epoch == self._epoch and follows and whole:
                await self._load(_touched(event for _, event in part.rows))
            else:
                self._index = Index()
                await self._load(await self._everything())
            self._epoch, self._seq = part.epoch, part.head
            return self._index.find(query, kind)

    async def _everything(self) -> set[tuple[int, str]]:
        chats: set[tuple[int, str]] = set()
        for account in await self._redis.execute_command("SMEMBERS", keys.ACCOUNTS):
            ids = await self._redis.execute_command("ZRANGE", keys.chats(int(account)), 0, -1)
            chats |= {(int(account), chat_id.decode()) for chat_id in ids}
        return chats

    async def _load(self, chats: set[tuple[int, str]]) -> None:
        wanted = list(chats)
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            async with self._redis.pipeline(transaction=False) as pipe:
                for account, chat_id in some:
                    pipe.execute_command("HGET", keys.chat(account, chat_id), "json")
                texts = await pipe.execute()
            for (account, chat_id), text in zip(some, texts, strict=True):
                self._index.put(account, chat_id, orjson.loads(text) if text else None)


def _touched(events: Iterable[bytes]) -> set[tuple[int, str]]:
    heads = (orjson.loads(event) for event in events)
    return {
        (head["account_id"], head["chat_id"]) for head in heads if "account_id" in head and "chat_id" in head
    }
