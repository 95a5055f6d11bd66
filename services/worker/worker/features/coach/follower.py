"""Follows the journal and stores first answers, a moment after they happened. The leader does it.

Storing an answer again changes nothing, so the next leader can go on after a kill at any point. When the
journal no longer reaches back to the position, and at the very first start, every held thread is read, by the
same rule and with the same result.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.process.stored import skipping, texts
from shared.redis import keys
from shared.redis.journal import JournalPosition, JournalSlice
from worker.accounts.context import AccountContext
from worker.accounts.journal_follower import Event, JournalFollower
from worker.features.coach.answers import chats_to_read, first_answers
from worker.features.coach.repository import AnswerRepository
from worker.messages.held import read_thread

log = logging.getLogger("worker.coach")

LOOK_S = 4.0


@dataclass(slots=True)
class Follower:
    """One per account."""

    account: AccountContext
    repository: AnswerRepository
    journal: JournalFollower = field(init=False)

    def __post_init__(self) -> None:
        self.journal = JournalFollower(self.account, "coach", self._record, self._after_gap)

    async def recount(self) -> None:
        """Store the first answers of every held thread. Raises LostLeaseError, RedisError."""
        index = keys.chats(self.account.account_id)
        chats = texts(index, await self.account.redis.zrange(index, 0, -1))
        for chat_id in chats:
            await self._store(chat_id)
        log.info("worker.coach.recounted", extra={"chats": len(chats)})

    async def _record(self, events: Sequence[Event]) -> None:
        for chat_id in chats_to_read(events):
            await self._store(chat_id)

    async def _after_gap(self, _: JournalPosition, part: JournalSlice) -> int:
        await self.recount()
        return part.head

    async def _store(self, chat_id: str) -> None:
        redis, account_id = self.account.redis, self.account.account_id
        with skipping(keys.chat(account_id, chat_id)):
            thread = await read_thread(redis, account_id, chat_id, self.account.keep)
            await self.repository.store(chat_id, first_answers(thread), self.account.clock())
