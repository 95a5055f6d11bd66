"""Follows the journal and stores first answers, a moment after they happened. The leader does it.

The position is saved after the answers, and storing an answer again changes nothing, so the next leader can
go on after a kill at any point. When the journal no longer reaches back to the position, and at the very
first start, every held thread is read, by the same rule and with the same result.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

import orjson

from shared.redis import keys
from shared.redis.lease import LostLeaseError
from shared.redis.lua import scripts
from worker.accounts.context import AccountContext
from worker.features.coach.answers import chats_to_read, first_answers
from worker.features.coach.repository import AnswerRepository
from worker.messages.held import read_thread

log = logging.getLogger("worker.coach")

LOOK_S = 4.0
BREATH_S = 0.05
"""Between two parts of a backlog, so that commits in this process come first."""
ROWS = 500


@dataclass(slots=True)
class Follower:
    """One per account."""

    account: AccountContext
    repository: AnswerRepository
    _reached: int | None = None
    """The position, once it was read; only the owner of the lease moves it."""
    _epoch: bytes | None = None
    """The epoch in which it holds: the next one may have lost the tail and use its numbers again."""

    async def follow_for_ever(self) -> None:
        """Follow again and again; without the lease nothing is stored. Raises RedisError."""
        self._reached = None  # Redis knows it, also after an error
        while True:
            try:
                more = await self.follow()
            except LostLeaseError:
                more, self._reached = False, None
            await asyncio.sleep(BREATH_S if more else LOOK_S)

    async def follow(self) -> bool:
        """Store new answers, up to a bound; tell whether there may be more. Raises LostLeaseError."""
        epoch, head = await self._run("HMGET", keys.STATE, "epoch", "seq")
        if epoch != self._epoch:
            self._epoch, self._reached = epoch, None
        seq, position = int(head or 0), await self._position()
        if position is None or position > seq:
            await self.recount()
            return False
        if position == seq:
            return False
        rows = await self._run("XRANGE", keys.JOURNAL, f"{position + 1}-0", "+", "COUNT", ROWS)
        if not rows or _seq(rows[0][0]) > position + 1:
            await self.recount()
            return False
        for chat_id in chats_to_read(orjson.loads(fields[b"e"]) for _, fields in rows):
            await self._store(chat_id)
        await self._move_to(epoch, _seq(rows[-1][0]))
        return len(rows) == ROWS

    async def recount(self) -> None:
        """Store the first answers of every held thread. Raises LostLeaseError, RedisError."""
        epoch, seq = await self._run("HMGET", keys.STATE, "epoch", "seq")
        chats = await self._run("ZRANGE", keys.chats(self.account.account_id), 0, -1)
        for chat_id in chats:
            await self._store(chat_id.decode())
        await self._move_to(epoch, int(seq or 0))
        log.info("worker.coach.recounted", extra={"chats": len(chats)})

    async def _store(self, chat_id: str) -> None:
        thread = await read_thread(self.account.redis, self.account.account_id, chat_id, self.account.keep)
        await self.repository.store(chat_id, first_answers(thread), self.account.clock())

    async def _position(self) -> int | None:
        if self._reached is None:
            written = await self._run("GET", keys.coach_position(self.account.account_id))
            self._reached = None if written is None else int(written)
        return self._reached

    async def _move_to(self, epoch: bytes | None, seq: int) -> None:
        """Save the position, unless Redis is in another epoch: that one has its own."""
        position = keys.coach_position(self.account.account_id)
        call = scripts.set_in_epoch(position_key=position, reached=seq, epoch=epoch or b"")
        self._reached = seq if await call.run(self.account.redis) else None

    async def _run(self, *command: Any) -> Any:
        return await self.account.redis.execute_command(*command)


def _seq(entry: bytes) -> int:
    return int(entry.partition(b"-")[0])
