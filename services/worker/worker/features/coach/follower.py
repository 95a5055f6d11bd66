"""Follows the journal and writes first answers down, a moment after they happened.

One worker at a time does it, under the watch's lease. Its place is written down after the answers, and to
write an answer again changes nothing: whatever is killed, the next one goes on. When the journal no longer
reaches back to the place (or at the very first start) every held thread is read: same rule, same result.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

import orjson

from shared.redis import keys, lua
from shared.redis.lease import LostLeaseError
from worker.accounts.context import AccountContext
from worker.features.coach.answers import first_answers
from worker.features.coach.relevant import chats_to_read
from worker.features.coach.repository import AnswerRepository
from worker.messages.held import read_thread

log = logging.getLogger("worker.coach")

LOOK_S = 4.0
BREATH_S = 0.05
"""Between two parts of a backlog: commits in this process come first."""
ROWS = 500
_SET_IN_EPOCH = lua.load("set_in_epoch")


@dataclass(slots=True)
class Follower:
    """One account's."""

    account: AccountContext
    book: AnswerRepository
    _reached: int | None = None
    """Up to which event all is written down, once that was read: only the lease's owner moves it."""
    _epoch: bytes | None = None
    """The run of Redis in which that holds: the next one may have lost its tail and use numbers again."""

    async def follow_for_ever(self) -> None:
        """Follow until the lease is lost, and then in vain. Raises RedisError."""
        self._reached = None  # whatever broke, Redis knows
        while True:
            try:
                more = await self.follow()
            except LostLeaseError:
                more, self._reached = False, None
            await asyncio.sleep(BREATH_S if more else LOOK_S)

    async def follow(self) -> bool:
        """Write down what is new, up to a bound; tell whether there may be more. Raises LostLeaseError."""
        epoch, head = await self._run("HMGET", keys.STATE, "epoch", "seq")
        if epoch != self._epoch:
            self._epoch, self._reached = epoch, None
        seq, place = int(head or 0), await self._place()
        if place is None or place > seq:
            await self.recount()
            return False
        if place == seq:
            return False
        rows = await self._run("XRANGE", keys.JOURNAL, f"{place + 1}-0", "+", "COUNT", ROWS)
        if not rows or _seq(rows[0][0]) > place + 1:
            await self.recount()
            return False
        for chat_id in chats_to_read(orjson.loads(fields[b"e"]) for _, fields in rows):
            await self._write_down(chat_id)
        await self._reach(epoch, _seq(rows[-1][0]))
        return len(rows) == ROWS

    async def recount(self) -> None:
        """Read every held thread and write down what it tells. Raises LostLeaseError, RedisError."""
        epoch, seq = await self._run("HMGET", keys.STATE, "epoch", "seq")
        chats = await self._run("ZRANGE", keys.chats(self.account.account_id), 0, -1)
        for chat_id in chats:
            await self._write_down(chat_id.decode())
        await self._reach(epoch, int(seq or 0))
        log.info("worker.coach.recounted", extra={"chats": len(chats)})

    async def _write_down(self, chat_id: str) -> None:
        thread = await read_thread(self.account.redis, self.account.account_id, chat_id, self.account.keep)
        await self.book.note(chat_id, first_answers(thread), self.account.clock())

    async def _place(self) -> int | None:
        if self._reached is None:
            written = await self._run("GET", keys.coached(self.account.account_id))
            self._reached = None if written is None else int(written)
        return self._reached

    async def _reach(self, epoch: bytes | None, seq: int) -> None:
        """Note the place; not in another epoch, whose own place is what Redis still has of it."""
        names = [keys.coached(self.account.account_id), keys.STATE]
        noted = await _SET_IN_EPOCH.run(self.account.redis, names, [seq, epoch or b""])
        self._reached = seq if noted else None

    async def _run(self, *command: Any) -> Any:
        return await self.account.redis.execute_command(*command)


def _seq(entry: bytes) -> int:
    return int(entry.partition(b"-")[0])
