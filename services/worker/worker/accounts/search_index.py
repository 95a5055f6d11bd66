"""Follows the journal and indexes the words of every chat that an event touched. The leader does it.

A touched chat is read again as a whole, so words of deleted and pruned messages leave the index with it.
The position is saved after the work. Where the journal does not go on from there (the first start, a new
epoch, too far behind) every chat is read once, the newest first. Its cost is bounded: after each chat it
rests three times as long as that chat took.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from shared.redis import keys
from shared.redis.lease import LostLeaseError
from shared.redis.lua import scripts
from shared.search_words import MAX_MESSAGES, WordCollector
from shared.wires.threads import message_id_of
from worker.accounts.context import AccountContext

log = logging.getLogger("worker.finding")

LOOK_S = 2.0
REST = 3.0
ROWS = 500
_AT_ONCE = 25  # takes a fraction of a millisecond, for which webhooks wait
_TOUCHING = ("message", "thread")


@dataclass(slots=True)
class SearchIndexer:
    """One per account. `owner` holds the lease `lease` (a key) while this runs; `rest`: see above."""

    account: AccountContext
    lease: str
    owner: str
    rest: float = REST
    _at: tuple[bytes, int] | None = None

    async def index_for_ever(self) -> None:
        """Follow the journal; a look at which nothing is new costs one command. Raises RedisError."""
        while True:
            try:
                more = await self.follow()
            except LostLeaseError:
                more, self._at = False, None
            if not more:
                await asyncio.sleep(LOOK_S)

    async def follow(self) -> bool:
        """Index new events, up to a bound; tell whether there may be more.

        Raises RedisError, and LostLeaseError: then the position stays as the new leader left it.
        """
        epoch, head = self._read_position(await self._run("HMGET", keys.STATE, "epoch", "seq"))
        if not epoch or (epoch, head) == self._at:
            return False
        if self._at is None:
            self._at = self._read_position(await self._run("HMGET", self._position, "epoch", "seq"))
        begun = self._at[1]
        rows = await self._run("XRANGE", keys.JOURNAL, f"{begun + 1}-0", "+", "COUNT", ROWS)
        seqs = [int(entry.partition(b"-")[0]) for entry, _ in rows]
        if self._at[0] != epoch or (seqs[0] if seqs else head + 1) != begun + 1:
            await self._index_all()
            reached = head
        else:
            for chat_id in self._touched(fields[b"e"] for _, fields in rows):
                await self._index(chat_id)
            reached = seqs[-1] if seqs else head
        await self._run("HSET", self._position, "epoch", epoch, "seq", reached)
        self._at = (epoch, reached)
        return reached != head or len(rows) == ROWS

    @staticmethod
    def _read_position(held: list[bytes | None]) -> tuple[bytes, int]:
        return held[0] or b"", int(held[1] or 0)

    @property
    def _position(self) -> str:
        return keys.search_position(self.account.account_id)

    def _touched(self, events: Iterable[bytes]) -> dict[str, None]:
        """Return the chats whose messages changed, in order."""
        heads = (orjson.loads(event) for event in events)
        return {
            head["chat_id"]: None
            for head in heads
            if head["type"] in _TOUCHING and head["account_id"] == self.account.account_id
        }

    async def _index_all(self) -> None:
        """Index every chat, and drop from the index those that are not held any more."""
        began, account_id = time.monotonic(), self.account.account_id
        held = await self._run("ZREVRANGE", keys.chats(account_id), 0, -1)
        indexed = await self._run("ZRANGE", keys.search_words_changed(account_id), 0, -1)
        for chat_id in (*held, *(set(indexed) - set(held))):
            await self._index(chat_id.decode())
        log.info(
            "worker.finding.indexed_all",
            extra={"chats": len(held), "took_s": round(time.monotonic() - began, 1)},
        )

    async def _index(self, chat_id: str) -> None:
        began, account_id = time.monotonic(), self.account.account_id
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
        members = await self._run("ZREVRANGE", keys.thread(account_id, chat_id), 0, MAX_MESSAGES - 1)
        for start in range(0, len(members), _AT_ONCE):
            ids = [message_id_of(member) for member in members[start : start + _AT_ONCE]]
            for value in await self._run("HMGET", keys.messages(account_id, chat_id), *ids):
                if value is not None:
                    gathered.add(orjson.loads(value.partition(b"\n")[2])["content"])
        return gathered.written()

    async def _run(self, *command: Any) -> Any:
        return await self.account.redis.execute_command(*command)
