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

from shared import keys
from worker.coach.answers import first_answers
from worker.coach.book import AnswerBook, LostLeaseError
from worker.coach.relevant import chats_to_read
from worker.context import Work
from worker.held_thread import read_thread

log = logging.getLogger("worker.coach")

LOOK_S = 2.0
BREATH_S = 0.05
"""Between two parts of a backlog: commits in this process come first."""
ROWS = 500


@dataclass(frozen=True, slots=True)
class Follower:
    """One account's."""

    work: Work
    book: AnswerBook

    async def follow_for_ever(self) -> None:
        """Follow until the lease is lost, and then in vain. Raises RedisError."""
        while True:
            try:
                more = await self.follow()
            except LostLeaseError:
                more = False
            await asyncio.sleep(BREATH_S if more else LOOK_S)

    async def follow(self) -> bool:
        """Write down what is new, up to a bound; tell whether there may be more. Raises LostLeaseError."""
        place, seq = await self._place()
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
        await self._run("SET", keys.coached(self.work.account_id), _seq(rows[-1][0]))
        return len(rows) == ROWS

    async def recount(self) -> None:
        """Read every held thread and write down what it tells. Raises LostLeaseError, RedisError."""
        _, seq = await self._place()
        chats = await self._run("ZRANGE", keys.chats(self.work.account_id), 0, -1)
        for chat_id in chats:
            await self._write_down(chat_id.decode())
        await self._run("SET", keys.coached(self.work.account_id), seq)
        log.info("worker.coach.recounted", extra={"chats": len(chats)})

    async def _write_down(self, chat_id: str) -> None:
        thread = await read_thread(self.work.redis, self.work.account_id, chat_id, self.work.keep)
        await self.book.note(chat_id, first_answers(thread), self.work.clock())

    async def _place(self) -> tuple[int | None, int]:
        """Return up to which event all is written down, and the newest event."""
        async with self.work.redis.pipeline(transaction=True) as pipe:
            pipe.execute_command("GET", keys.coached(self.work.account_id))
            pipe.execute_command("HGET", keys.STATE, "seq")
            place, seq = await pipe.execute()
        return None if place is None else int(place), int(seq or 0)

    async def _run(self, *command: Any) -> Any:
        return await self.work.redis.execute_command(*command)


def _seq(entry: bytes) -> int:
    return int(entry.partition(b"-")[0])
