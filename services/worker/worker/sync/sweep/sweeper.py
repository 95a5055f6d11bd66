"""One sweep: list the chats, read those that changed, verify that all of it is shown, count."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace

from shared.process.shutdown import run_together
from worker.accounts.context import AccountContext
from worker.avito.chats import ChatListing
from worker.avito.client import AvitoClient
from worker.avito.errors import AvitoError, BadRequest, Forbidden, NotFound
from worker.avito.rate_limit import Priority
from worker.sync.metrics import SweepOutcome, SyncMetrics
from worker.sync.sweep.chat_check import ChatCheck, Checked
from worker.sync.sweep.chat_list import ChatList, find_types, read_chat_list
from worker.sync.sweep.marks import Mark, listed_as
from worker.sync.sweep.plan import first_import, newest_first, plan
from worker.sync.sweep.refresh import read_newest
from worker.sync.sweep.sweep_state import MOST_MARKS, SweepState

log = logging.getLogger("worker.sweep")

PATIENCE_S = 30.0
AT_ONCE = 4
FAILURES_END_IT = 3
LATELY_S = 3600.0
"""A failover loses nothing older than this; the daily reading would find an older loss."""
ABOUT_ONE_CHAT = (NotFound, Forbidden, BadRequest)


@dataclass(slots=True)
class Sweeper:
    """The sweeper of one account. `listed`: the rows of the last lists, which the backfill reads as well.

    `listed_whole`: a list has reached its end since the start, so a chat without a row is not at Avito.
    `unread_in_vain`: chats that are unread here although a reading found no change, by their rows then.
    """

    account: AccountContext
    state: SweepState
    metrics: SyncMetrics
    listed: dict[str, ChatListing] = field(default_factory=dict)
    listed_whole: bool = False
    unread_in_vain: dict[str, str] = field(default_factory=dict)

    async def sweep(self, *, look_for_read: bool) -> SweepOutcome:
        """Compare all chats. Raises RedisError; Avito's errors are in the outcome.

        `look_for_read`: also ask whether chats that are shown as unread were read in Avito's own app.
        """
        client = self.account.avito.at(Priority.SWEEP, PATIENCE_S)
        await self.state.note_beginning(self.account.clock())
        found = await read_chat_list(client)
        self.listed |= {chat.chat_id: chat for chat in found.chats}
        marks = await self.state.marks()
        begun = await self.state.first_import()
        if not begun.began and found.error is None:
            await self._begin_import(found)
            begun, marks = await self.state.first_import(), await self.state.marks()
        lately = self.account.clock() - LATELY_S
        moved = [chat.chat_id for chat in found.chats if chat.updated >= lately]
        await self.state.recheck_in_new_epoch(moved, whole=found.error is None)
        rechecks = await self.state.rechecks()
        untyped = [chat for chat in found.chats if not chat.chat_type and chat.chat_id not in marks]
        if untyped:
            self.listed |= await find_types(client, untyped)
        listed = [self.listed[chat.chat_id] for chat in found.chats]
        todo = plan(listed, marks, recheck=rechecks, to_import=set(begun.left), import_began=begun.began)
        check = ChatCheck(self.account, self.state, client, quiet_until=begun.began if begun.left else 0.0)
        round_ = _Round()
        if begun.began:
            await round_.each(todo.read, lambda chat: self._read(check, chat, marks, rechecks))
        for chat in todo.facts:
            await check.commit_facts(chat)
            await self.state.put(chat.chat_id, replace(marks[chat.chat_id], facts=chat.facts.fingerprint))
        if found.error is None:
            await self._recheck_unlisted(client, found, rechecks)
        if look_for_read and found.error is None:
            await self._look_for_read(client, check, round_, marks)
        return await self._conclude(found, marks, round_, waiting=len(todo.waiting))

    async def _recheck_unlisted(
        self, client: AvitoClient, found: ChatList, rechecks: dict[str, bytes]
    ) -> None:
        """Recheck chats that the list does not show: Avito may still have those that are beyond it."""
        for chat_id in rechecks.keys() - {chat.chat_id for chat in found.chats}:
            if found.beyond:
                try:
                    await read_newest(self.account, client, chat_id)
                except ABOUT_ONE_CHAT as error:
                    log.info("worker.sweep.unreadable", extra={"chat": chat_id, "reason": str(error)})
                except AvitoError as error:
                    log.warning("worker.sweep.later", extra={"chat": chat_id, "reason": str(error)})
                    return
            await self.state.end_recheck(chat_id, rechecks[chat_id])

    def _keep_rows(self, found: ChatList) -> None:
        """Drop rows that are no longer listed; of those beyond the list keep the most recent."""
        listed = {chat.chat_id for chat in found.chats}
        others = [chat for chat_id, chat in self.listed.items() if chat_id not in listed]
        kept = newest_first(others)[: MOST_MARKS - len(listed)] if found.beyond else []
        self.listed = {chat.chat_id: chat for chat in (*kept, *(self.listed[name] for name in listed))}

    async def _begin_import(self, found: ChatList) -> None:
        now = self.account.clock()
        chosen, left = first_import(found.chats, now)
        log.info("worker.sweep.first_import", extra={"chats": len(chosen), "left_as_they_stand": len(left)})
        await self.state.begin_import(chosen, left, now)

    async def _read(
        self, check: ChatCheck, chat: ChatListing, marks: dict[str, Mark], rechecks: dict[str, bytes]
    ) -> Checked:
        mark, recheck = marks.get(chat.chat_id), rechecks.get(chat.chat_id)
        done = await (check.read_again(chat, mark) if recheck and mark else check.read(chat, mark))
        if recheck:
            await self.state.end_recheck(chat.chat_id, recheck)
        return done

    async def _look_for_read(
        self, client: AvitoClient, check: ChatCheck, round_: "_Round", marks: dict[str, Mark]
    ) -> None:
        """Read chats that are unread here and not at Avito: once, until their row changes."""
        unread = {
            chat_id: self.listed[chat_id]
            for chat_id in await self.state.unread_chats()
            if chat_id in self.listed and self.unread_in_vain.get(chat_id) != listed_as(self.listed[chat_id])
        }
        if not unread:
            return
        there = await read_chat_list(client, unread_only=True)
        if there.error is not None or there.beyond:
            return
        still = {chat.chat_id for chat in there.chats}
        elsewhere = [chat for chat in unread.values() if chat.chat_id not in still and chat.chat_id in marks]
        await round_.each(newest_first(elsewhere), lambda chat: check.read_again(chat, marks[chat.chat_id]))
        left = await self.state.unread_chats()
        self.unread_in_vain = {
            chat.chat_id: listed_as(chat)
            for chat in self.listed.values()
            if chat.chat_id in left
            and (chat in elsewhere or self.unread_in_vain.get(chat.chat_id) == listed_as(chat))
        }

    async def _conclude(
        self, found: ChatList, marks: dict[str, Mark], round_: "_Round", waiting: int
    ) -> SweepOutcome:
        listed = {chat.chat_id for chat in found.chats}
        unchecked = round_.failed + found.skipped + waiting
        if found.beyond or found.error is not None:
            unchecked += max(1, len(await self.state.held_chats() - listed))
        if found.error is None:
            self.listed_whole = True
            self._keep_rows(found)
            await self.state.keep_only(listed, marks)
        whole = found.error is None and not round_.failed and not round_.missing
        outcome = SweepOutcome(round_.new, round_.missing, unchecked, whole)
        self.metrics.swept(outcome, await self.state.write_counts(round_.missing, unchecked))
        log.info(
            "worker.sweep.done",
            extra={
                "chats": len(listed),
                "read": round_.read,
                "new": round_.new,
                "missing": round_.missing,
                "unchecked": unchecked,
                **({"trouble": str(found.error)} if found.error else {}),
            },
        )
        return outcome


@dataclass(slots=True)
class _Round:
    """The chats of one sweep, a few at a time. Those that fail are counted and left for the next sweep."""

    read: int = 0
    new: int = 0
    missing: int = 0
    failed: int = 0
    trouble: int = 0

    async def each(
        self, chats: Iterable[ChatListing], check: Callable[[ChatListing], Awaitable[Checked]]
    ) -> None:
        """Check all, in order; after several failures of Avito's, leave the rest."""
        waiting = list(chats)[::-1]

        async def take() -> None:
            while waiting:
                chat = waiting.pop()
                if self.trouble >= FAILURES_END_IT:
                    self.failed += 1
                    continue
                await self._one(chat, check)

        if waiting:
            await run_together(*(take() for _ in range(min(AT_ONCE, len(waiting)))))

    async def _one(self, chat: ChatListing, check: Callable[[ChatListing], Awaitable[Checked]]) -> None:
        try:
            done = await check(chat)
        except AvitoError as error:
            self.failed += 1
            self.trouble += not isinstance(error, ABOUT_ONE_CHAT)
            log.warning("worker.sweep.later", extra={"chat": chat.chat_id, "reason": str(error)})
            return
        self.read += 1
        self.new += done.new
        self.missing += done.missing
