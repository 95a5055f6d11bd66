"""Follows the journal and indexes the words of every chat that an event touched. The leader does it.

A touched chat is read again as a whole, so words of deleted and pruned messages leave the index with it.
Where the journal does not reach back to the position (the first start, too far behind) every chat is read
once, the newest first. Its cost is bounded: after each chat it rests three times as long as that chat took.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from shared.process.stored import read_each, skipping, texts
from shared.redis import keys
from shared.redis.journal import JournalPosition, JournalSlice
from shared.redis.lease import LostLeaseError
from shared.redis.lua import scripts
from shared.search_words import MAX_MESSAGES, WordCollector
from shared.wires.threads import message_id_of
from worker.accounts.context import AccountContext
from worker.accounts.journal_follower import Event, JournalFollower

log = logging.getLogger("worker.finding")

LOOK_S = 2.0
REST = 3.0
_AT_ONCE = 25
_TOUCHING = ("message", "thread")


@dataclass(slots=True)
class SearchIndexer:
    """One per account. `owner` holds the lease `lease` (a key) while this follows; `rest`: see above."""

    account: AccountContext
    lease: str
    owner: str
    rest: float = REST
    journal: JournalFollower = field(init=False)

    def __post_init__(self) -> None:
        self.journal = JournalFollower(self.account, "search", self._index_touched, self._index_all)

    async def _index_touched(self, events: Sequence[Event]) -> None:
        """Index the chats whose messages changed, in order."""
        for chat_id in dict.fromkeys(event["chat_id"] for event in events if event["type"] in _TOUCHING):
            await self._index(chat_id)

    async def _index_all(self, _: JournalPosition, part: JournalSlice) -> int:
        """Index every chat, and drop from the index those that are not held any more."""
        began, account_id = time.monotonic(), self.account.account_id
        redis = self.account.redis
        chats, changed = keys.chats(account_id), keys.search_words_changed(account_id)
        held = texts(chats, await redis.zrevrange(chats, 0, -1))
        indexed = texts(changed, await redis.zrange(changed, 0, -1))
        for chat_id in (*held, *(set(indexed) - set(held))):
            await self._index(chat_id)
        log.info(
            "worker.finding.indexed_all",
            extra={"chats": len(held), "took_s": round(time.monotonic() - began, 1)},
        )
        return part.head

    async def _index(self, chat_id: str) -> None:
        began, account_id = time.monotonic(), self.account.account_id
        with skipping(keys.chat(account_id, chat_id)):
            call = scripts.record_search_words(
                account_id=account_id,
                lease_key=self.lease,
                owner=self.owner,
                chat_id=chat_id,
                words=await self._words(chat_id),
            )
            if not await call.run(self.account.redis):
                raise LostLeaseError
        await asyncio.sleep((time.monotonic() - began) * self.rest)

    async def _words(self, chat_id: str) -> bytes:
        """Return the words of a chat's held messages, the newest first, in the form of the index."""
        account_id, gathered = self.account.account_id, WordCollector()
        redis = self.account.redis
        members = await redis.zrevrange(keys.thread(account_id, chat_id), 0, MAX_MESSAGES - 1)
        for start in range(0, len(members), _AT_ONCE):
            ids = [message_id_of(member) for member in members[start : start + _AT_ONCE]]
            stored = await redis.hmget(keys.messages(account_id, chat_id), ids)
            held = (value for value in stored if value is not None)
            for content in read_each(keys.messages(account_id, chat_id), held, _content):
                gathered.add(content)
                await asyncio.sleep(0)  # a hostile text takes milliseconds, for which webhooks wait
        return gathered.written()


def _content(stored: bytes) -> dict[str, Any]:
    """Return the content of a stored message. Raises ValueError or LookupError."""
    return dict(orjson.loads(stored.partition(b"\n")[2])["content"])
