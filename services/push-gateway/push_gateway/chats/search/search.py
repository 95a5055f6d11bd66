"""Keeps the search index up to date: built at the first search, then updated from the journal."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import orjson
from redis.asyncio import Redis

from push_gateway.chats.accounts import all_accounts
from push_gateway.chats.search.index import Filter, Index, SearchMatch
from push_gateway.chats.search.places import SearchPlaces
from shared.process.stored import answers, read_each, read_or, texts
from shared.redis import keys
from shared.redis.journal import NOWHERE
from shared.redis.journal_reader import read_after
from shared.search_words import read_codes
from shared.wires.read_model import read_chat

_AT_ONCE = 250
_MAX_EVENTS = 2_000
_MAX_BYTES = 4 * 1024 * 1024
"""With more events than that since the last search, every chat is read."""

T = TypeVar("T")


class ChatSearch:
    """The search of one gateway; without searches it costs nothing."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._index = Index()
        self._position = NOWHERE
        self._changes: dict[int, int] = {}
        self._lock = asyncio.Lock()
        self.places = SearchPlaces()

    async def find(self, query: str, kind: Filter, operator: str = "") -> list[SearchMatch]:
        """Return the chats that may match, as of now and in no order. Raises RedisError."""
        async with self._lock:
            part = await read_after(self._redis, self._position, _MAX_EVENTS, _MAX_BYTES)
            if part.epoch != self._position.epoch:
                self._index, self._changes = Index(), {}
            if not (part.gap or part.more):
                await self._load(_changed_chats(part.events))
            else:
                self._position = NOWHERE  # until all is read
                await self._load(await self._all_chats() | self._index.chats())
            accounts = await all_accounts(self._redis)
            await self._drop_pruned(accounts)
            for account in accounts:
                await self._load_words(account)
            self._position = part.newest
            return self._index.find(query, kind, operator)

    async def _all_chats(self) -> set[tuple[int, str]]:
        chats: set[tuple[int, str]] = set()
        for account in await all_accounts(self._redis):
            ids = await self._redis.zrange(keys.chats(account), 0, -1)
            chats |= {(account, chat_id) for chat_id in texts(keys.chats(account), ids)}
        return chats

    async def _drop_pruned(self, accounts: Sequence[int]) -> None:
        """Drop chats that were pruned or erased: no event says so, but the count differs."""
        held = [await self._redis.zcard(keys.chats(account)) for account in accounts]
        if sum(held) != len(self._index):
            for account, chat_id in self._index.chats() - await self._all_chats():
                self._index.put(account, chat_id, None)

    async def _load(self, chats: set[tuple[int, str]]) -> None:
        for some in _parts(list(chats)):
            async with self._redis.pipeline(transaction=False) as pipe:
                for account, chat_id in some:
                    pipe.hget(keys.chat(account, chat_id), "json")
                shown = await answers(pipe)
            for (account, chat_id), text in zip(some, shown, strict=True):
                self._index.put(account, chat_id, read_or(keys.chat(account, chat_id), text, read_chat, None))

    async def _load_words(self, account: int) -> None:
        """Read the words of the chats whose words changed since the last search."""
        after = f"({self._changes.get(account, 0)}"
        changed = await self._redis.zrangebyscore(
            keys.search_words_changed(account), after, "+inf", withscores=True
        )
        for some in _parts([chat_id for chat_id, _ in changed]):
            kept = await self._redis.hmget(keys.search_words(account), [*some])
            read = read_each(
                keys.search_words(account),
                zip(some, kept, strict=True),
                lambda one: (one[0].decode(), read_codes(one[1] or b"")),
            )
            for chat_id, codes in read:
                self._index.put_words(account, chat_id, codes)
        if changed:
            self._changes[account] = int(changed[-1][1])


def _parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    return (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE))


def _changed_chats(events: Iterable[bytes]) -> set[tuple[int, str]]:
    heads = read_each(keys.JOURNAL, events, lambda event: dict(orjson.loads(event)))
    return {
        (head["account_id"], head["chat_id"]) for head in heads if "account_id" in head and "chat_id" in head
    }
