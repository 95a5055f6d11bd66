"""Readings that can wait: the first import, and each day the threads, for changes that no list shows."""

import asyncio
import logging
from dataclasses import dataclass, replace

from worker.accounts.context import AccountContext
from worker.avito.client import AvitoClient
from worker.avito.errors import AvitoError
from worker.avito.rate_limit import Priority
from worker.sync.intervals import SyncIntervals
from worker.sync.sweep.chat_check import ChatCheck
from worker.sync.sweep.plan import due_again
from worker.sync.sweep.sweep_state import SweepState
from worker.sync.sweep.sweeper import ABOUT_ONE_CHAT, Sweeper

log = logging.getLogger("worker.backfill")

PATIENCE_S = 60.0
PROGRESS_EVERY = 5
_TURNS_A_DAY = 1440


@dataclass(slots=True)
class Backfill:
    """The backfill of one account. Its calls have the lowest priority; live messages go first."""

    account: AccountContext
    state: SweepState
    sweeper: Sweeper
    intervals: SyncIntervals

    async def run_for_ever(self) -> None:
        """Import, then read again what is due, one chat at a time. Raises RedisError."""
        between_s = max(self.intervals.tick_s, self.intervals.day_s / _TURNS_A_DAY)
        while True:
            try:
                await self.import_chats()
                await self.read_again()
            except AvitoError as error:
                log.warning("worker.backfill.later", extra={"reason": str(error)})
                await asyncio.sleep(self.intervals.again_after_s(2))
            begun = await self.state.first_import()
            await asyncio.sleep(self.intervals.tick_s if begun.left or not begun.began else between_s)

    async def import_chats(self) -> None:
        """Read the chats of the first import, the newest first. Raises AvitoError when Avito fails.

        Where a list broke off before it reached a chat, the import waits for the next list.
        """
        begun = await self.state.first_import()
        if not begun.left or not (self.sweeper.listed or self.sweeper.listed_whole):
            return
        done = begun.total - len(begun.left)
        await self.state.write_progress(done, begun.total)
        check = ChatCheck(self.account, self.state, self._client(), quiet_until=begun.began)
        for chat_id in begun.left:
            if chat_id not in self.sweeper.listed and not self.sweeper.listed_whole:
                continue
            await self._import(check, chat_id)
            done += 1
            if done % PROGRESS_EVERY == 0:
                await self.state.write_progress(done, begun.total)
        if done == begun.total:
            log.info("worker.backfill.imported", extra={"chats": begun.total})
            await self.state.write_progress(begun.total, begun.total)
            await self.state.ask_early(self.account.clock())

    async def _import(self, check: ChatCheck, chat_id: str) -> None:
        """Read one chat; a chat that Avito does not list, or refuses, leaves the import."""
        chat = self.sweeper.listed.get(chat_id)
        if chat is None:
            await self.state.leave_import(chat_id)
            return
        try:
            await check.read(chat, None)
        except ABOUT_ONE_CHAT as error:
            log.warning("worker.backfill.unreadable", extra={"chat": chat_id, "reason": str(error)})
            await self.state.leave_import(chat_id)

    async def read_again(self) -> None:
        """Read the active threads whose turn of this day has come. Raises AvitoError when Avito fails."""
        marks = await self.state.marks()
        check = ChatCheck(self.account, self.state, self._client())
        for chat_id in due_again(marks, self.account.clock(), self.intervals.day_s):
            chat = self.sweeper.listed.get(chat_id)
            if chat is None:
                continue
            try:
                await check.read_again(chat, marks[chat_id])
            except ABOUT_ONE_CHAT as error:
                log.info("worker.backfill.unreadable", extra={"chat": chat_id, "reason": str(error)})
                await self.state.put(chat_id, replace(marks[chat_id], read_at=self.account.clock()))

    def _client(self) -> AvitoClient:
        return self.account.avito.at(Priority.BACKFILL, PATIENCE_S)
