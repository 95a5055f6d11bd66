"""Readings that can wait: the first import, and each day the threads, for changes that no list shows."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from worker.accounts.context import AccountContext
from worker.avito.chats import ChatListing
from worker.avito.client import AvitoClient
from worker.avito.errors import BadRequest, NotFound
from worker.avito.rate_limit import Priority
from worker.sync.intervals import SyncIntervals
from worker.sync.sweep.chat_check import ChatCheck, Checked
from worker.sync.sweep.plan import due_again, waiting_first
from worker.sync.sweep.round import Round
from worker.sync.sweep.sweep_state import SweepState
from worker.sync.sweep.sweeper import Sweeper

log = logging.getLogger("worker.backfill")

PATIENCE_S = 60.0
PROGRESS_EVERY = 5
_TURNS_A_DAY = 1440
_GONE = (NotFound, BadRequest)


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
            if not (await self.import_chats() and await self.read_again()):
                await asyncio.sleep(self.intervals.again_after_s(2))
            begun = await self.state.first_import()
            await asyncio.sleep(self.intervals.tick_s if begun.left or not begun.whole else between_s)

    async def import_chats(self) -> bool:
        """Read the chats of the first import, those first that wait for an answer; False: Avito fails.

        A chat that fails is left for the next time, and where a list broke off before it reached a chat, that
        chat waits for the next list.
        """
        epoch, begun = await self.state.epoch(), await self.state.first_import()
        if not begun.left or not (self.sweeper.listed or self.sweeper.listed_whole):
            return True
        await self._write_progress()
        for chat_id in begun.left if self.sweeper.listed_whole else ():
            if chat_id not in self.sweeper.listed:
                await self.state.leave_import(chat_id)  # it is not at Avito
        check = ChatCheck(self.account, self.state, self._client(), epoch)
        round_ = Round(self.sweeper.failing, at_once=1)

        async def take(chat: ChatListing) -> Checked:
            done = await self._import(check, chat)
            if round_.read % PROGRESS_EVERY == 0:
                await self._write_progress()
            return done

        await round_.each(waiting_first(self._listed(begun.left)), take)
        if await self._write_progress() == 0:
            log.info("worker.backfill.imported", extra={"chats": begun.total})
            await self.state.ask_early(self.account.clock())
        return round_.trouble == 0

    async def read_again(self) -> bool:
        """Read the active threads whose turn of this day has come; False: Avito fails."""
        epoch, marks = await self.state.epoch(), await self.state.marks()
        check = ChatCheck(self.account, self.state, self._client(), epoch)
        round_ = Round(self.sweeper.failing, at_once=1)
        due = due_again(marks, self.account.clock(), self.intervals.day_s)
        await round_.each(self._listed(due), lambda chat: self._read_again(check, chat))
        return round_.trouble == 0

    async def _import(self, check: ChatCheck, chat: ChatListing) -> Checked:
        """Read a chat, if no sweep has read it meanwhile; one that Avito does not know leaves the import."""
        mark = await self.state.mark(chat.chat_id)
        if mark is not None and mark.read_at:
            return Checked(0, 0)
        try:
            return await check.read(chat)
        except _GONE as error:
            log.warning("worker.backfill.unreadable", extra={"chat": chat.chat_id, "reason": str(error)})
            await self.state.leave_import(chat.chat_id)
            return Checked(0, 0)

    async def _read_again(self, check: ChatCheck, chat: ChatListing) -> Checked:
        """Read one chat again; a chat that Avito does not know has its next turn tomorrow."""
        try:
            return await check.read_again(chat)
        except _GONE as error:
            log.info("worker.backfill.unreadable", extra={"chat": chat.chat_id, "reason": str(error)})
            await check.put_off(chat)
            return Checked(0, 0)

    async def _write_progress(self) -> int:
        """Write how far the import has come; return how many chats are left."""
        begun = await self.state.first_import()
        left = len(begun.left)
        await self.state.write_progress(begun.total - left, begun.total, self.sweeper.unchecked + left)
        return left

    def _listed(self, names: Iterable[str]) -> list[ChatListing]:
        return [self.sweeper.listed[name] for name in names if name in self.sweeper.listed]

    def _client(self) -> AvitoClient:
        return self.account.avito.at(Priority.BACKFILL, PATIENCE_S)
