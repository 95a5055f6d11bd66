"""One page of search results: matches of the index, each verified by the messages that are held now.

So a message that was deleted a moment ago is not found, even if the index still has its words.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby, islice
from typing import Any

import orjson
from redis.asyncio import Redis

from push_gateway.chats.search.excerpts import Excerpt, ExcerptFinder
from push_gateway.chats.search.index import Filter, SearchMatch
from push_gateway.chats.search.search import ChatSearch
from push_gateway.http import paging
from push_gateway.http.paging import ScoredMember
from shared.process.stored import answers, note
from shared.redis import keys
from shared.search_words import MAX_MESSAGES
from shared.wires.threads import message_id_of

_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search: `count` chats after a cursor, newest first or longest waiting first."""

    query: str
    kind: Filter
    after: ScoredMember | None
    count: int
    operator: str = ""

    @property
    def ascending(self) -> bool:
        """Whether the smallest score comes first."""
        return self.kind == "unanswered"


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Chats in order, and by chat id the excerpts of those that match by a message."""

    entries: list[ScoredMember]
    excerpts: dict[str, Excerpt]

    def excerpts_of(self, shown: list[ScoredMember]) -> bytes:
        """Return the excerpts of these chats as JSON, by chat id."""
        ids = (entry.member.decode(errors="replace") for entry in shown)
        return orjson.dumps({name: asdict(self.excerpts[name]) for name in ids if name in self.excerpts})


async def page(redis: Redis, search: ChatSearch, asked: SearchQuery) -> SearchPage:
    """Return the chats that match. Raises RedisError."""
    following = _following(await search.find(asked.query, asked.kind, asked.operator), asked)
    proved = SearchPage([], {})
    while len(proved.entries) < asked.count and (some := list(islice(following, asked.count))):
        for (entry, chat), excerpt in zip(some, await _excerpts(redis, some), strict=True):
            if excerpt is not None:
                proved.excerpts[chat.chat_id] = excerpt
            if excerpt is not None or chat.sure:
                proved.entries.append(entry)
    return SearchPage(proved.entries[: asked.count], proved.excerpts)


def _following(found: list[SearchMatch], asked: SearchQuery) -> Iterator[tuple[ScoredMember, SearchMatch]]:
    """Yield matches in order, from the cursor on; whole sort keys are made only of these."""

    def score(chat: SearchMatch) -> float:
        return (chat.unanswered_since or 0.0) if asked.ascending else chat.updated

    def place(pair: tuple[ScoredMember, SearchMatch]) -> Any:
        return paging.sort_key(pair[0], ascending=asked.ascending)

    found.sort(key=score, reverse=not asked.ascending)
    passed = paging.sort_key(asked.after, ascending=asked.ascending) if asked.after else None
    for at, tied in groupby(found, key=score):
        pairs = [(ScoredMember(at, chat.account, chat.chat_id.encode()), chat) for chat in tied]
        for pair in sorted(pairs, key=place):
            if passed is None or place(pair) > passed:
                yield pair


async def _excerpts(redis: Redis, some: list[tuple[ScoredMember, SearchMatch]]) -> list[Excerpt | None]:
    """Search the held messages of each chat for its wanted words; None: not there, or nothing is wanted."""
    seekers = {(chat.account, chat.chat_id): ExcerptFinder(chat.wanted) for _, chat in some if chat.wanted}
    async with redis.pipeline(transaction=False) as pipe:
        for account, chat_id in seekers:
            pipe.zrevrange(keys.thread(account, chat_id), 0, MAX_MESSAGES - 1)
        found = await answers(pipe) if seekers else []
    members = [one if isinstance(one, list) else [] for one in found]
    threads = dict(zip(seekers, members, strict=True))
    for start in range(0, MAX_MESSAGES, _AT_ONCE):
        ids = {
            chat: [message_id_of(member) for member in threads[chat][start : start + _AT_ONCE]]
            for chat, seeker in seekers.items()
            if not seeker.done and len(threads[chat]) > start
        }
        if not ids:
            break
        async with redis.pipeline(transaction=False) as pipe:
            for (account, chat_id), wanted in ids.items():
                pipe.hmget(keys.messages(account, chat_id), wanted)
            for chat, held in zip(ids, await answers(pipe), strict=True):
                if isinstance(held, list):
                    seekers[chat].take(one for one in held if one is not None)
                await asyncio.sleep(0)  # others have their turn
    for chat, seeker in seekers.items():
        if seeker.unreadable:
            note(keys.messages(*chat), "search", seeker.unreadable)
    excerpts = {chat: seeker.found() for chat, seeker in seekers.items()}
    return [excerpts.get((chat.account, chat.chat_id)) for _, chat in some]
