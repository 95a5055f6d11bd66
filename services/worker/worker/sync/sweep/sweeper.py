"""One sweep: list the chats, read those that changed, verify that all of it is shown, count."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.process.stored import skipping
from shared.redis import keys
from worker.accounts.context import AccountContext
from worker.avito.chats import ChatListing
from worker.avito.client import AvitoClient
from worker.avito.rate_limit import Priority
from worker.sync.metrics import SweepOutcome, SyncMetrics
from worker.sync.sweep.chat_check import ChatCheck, Checked
from worker.sync.sweep.chat_list import ChatList, find_types, read_chat_list
from worker.sync.sweep.deletions import read_notice
from worker.sync.sweep.first_import import show_rows, take_in
from worker.sync.sweep.list_error import list_error
from worker.sync.sweep.marks import Mark, is_unchanged, listed_as
from worker.sync.sweep.plan import newest_first, plan
from worker.sync.sweep.round import Round
from worker.sync.sweep.sweep_state import MOST_MARKS, SweepState

log = logging.getLogger("worker.sweep")

PATIENCE_S = 30.0
LATELY_S = 3600.0
"""A failover loses nothing older than this; the daily reading would find an older loss."""


@dataclass(slots=True)
class Sweeper:
    """The sweeper of one account. `listed`: the rows of the last lists, which the backfill reads as well.

    `listed_whole`: a list has reached its end since the start, so a chat without a row is not at Avito.
    `to_type`: chats whose type Avito was asked for and did not answer.
    `unread_in_vain`: chats that are unread here although a reading found no change, by their rows then.
    `failing`: chats that failed when they were last read. `unchecked`: chats that the last sweep could not
    compare, without those that wait for the first import.
    """

    account: AccountContext
    state: SweepState
    metrics: SyncMetrics
    listed: dict[str, ChatListing] = field(default_factory=dict)
    listed_whole: bool = False
    to_type: set[str] = field(default_factory=set)
    unread_in_vain: dict[str, str] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    unchecked: int = 0

    async def sweep(self, *, look_for_read: bool) -> SweepOutcome:
        """Compare all chats. Raises RedisError; Avito's errors are in the outcome.

        `look_for_read`: also ask whether chats that are shown as unread were read in Avito's own app.
        """
        client = self.account.avito.at(Priority.SWEEP, PATIENCE_S)
        now = self.account.clock()
        await self.state.note_beginning(now)
        check = ChatCheck(self.account, self.state, client, await self.state.epoch())
        found = await read_chat_list(client)
        self.listed |= {chat.chat_id: chat for chat in found.chats}
        listed = await self._typed(check, found)
        begun = await take_in(self.state, found, now)
        marks = await self.state.marks()
        rechecks = await self._rechecks(found)
        todo = plan(listed, marks, recheck=rechecks, to_import=set(begun.left), import_began=begun.began)
        if todo.waiting:
            await show_rows(check, todo.waiting, await self.state.held_chats())
        round_ = Round(self.failing)
        await round_.each(todo.read, lambda chat: self._read(check, chat, rechecks))
        for chat in todo.facts:
            with skipping(keys.chat(self.account.account_id, chat.chat_id)):
                await check.show_facts(chat)
        if look_for_read and found.error is None:
            await self._look_for_read(client, check, round_, marks)
        return await self._conclude(found, marks, round_)

    async def _typed(self, check: ChatCheck, found: ChatList) -> list[ChatListing]:
        """Return the listed chats; the types of new ones that their rows do not tell are asked for.

        An earlier version guessed some types, so after an upgrade the held ones are corrected, once.
        """
        begun = await self.state.first_import()
        guessed = begun.began > 0 and not begun.whole
        known = {} if guessed else await self.state.marks()
        asked = self.to_type
        untyped = await self._untyped([chat for chat in found.chats if not chat.chat_type], known)
        if untyped:
            typed, answered = await find_types(check.client, untyped)
            self.listed |= typed
            self.to_type = set() if answered else {chat.chat_id for chat in untyped}
            for chat in typed.values():
                if chat.chat_id in asked:
                    with skipping(keys.chat(self.account.account_id, chat.chat_id)):
                        await check.commit_facts(chat)
        listed = [self.listed[chat.chat_id] for chat in found.chats]
        if guessed:
            for chat in listed:
                with skipping(keys.chat(self.account.account_id, chat.chat_id)):
                    await check.correct_type(chat)
        return listed

    async def _untyped(self, chats: Sequence[ChatListing], known: Mapping[str, Mark]) -> list[ChatListing]:
        """Return the chats whose type is to be asked for: new ones, and known ones that appear only now."""
        changed = {
            chat.chat_id
            for chat in chats
            if chat.chat_id in known and not is_unchanged(chat, known[chat.chat_id])
        }
        appearing = changed - await self.state.held_chats() if changed else changed
        return [
            chat
            for chat in chats
            if chat.chat_id not in known or chat.chat_id in self.to_type or chat.chat_id in appearing
        ]

    async def _rechecks(self, found: ChatList) -> dict[str, bytes]:
        """Return the chats to be read whatever their rows say, in a new epoch those that moved lately.

        Those with a notice of a deletion are left to their own look-up, which knows what it means.
        """
        lately = self.account.clock() - LATELY_S
        moved = [chat.chat_id for chat in found.chats if chat.updated >= lately]
        await self.state.recheck_in_new_epoch(moved, whole=found.error is None)
        noted = await self.state.rechecks()
        return {chat_id: token for chat_id, token in noted.items() if read_notice(token) is None}

    def _keep_rows(self, found: ChatList) -> None:
        """Drop rows that are no longer listed; of those beyond the list keep the most recent."""
        listed = {chat.chat_id for chat in found.chats}
        others = [chat for chat_id, chat in self.listed.items() if chat_id not in listed]
        kept = newest_first(others)[: MOST_MARKS - len(listed)] if found.beyond else []
        self.listed = {chat.chat_id: chat for chat in (*kept, *(self.listed[name] for name in listed))}

    async def _read(self, check: ChatCheck, chat: ChatListing, rechecks: dict[str, bytes]) -> Checked:
        recheck = rechecks.get(chat.chat_id)
        done = await (check.read_again(chat) if recheck else check.read(chat))
        if recheck:
            await self.state.end_recheck(chat.chat_id, recheck, check.epoch)
        return done

    async def _look_for_read(
        self, client: AvitoClient, check: ChatCheck, round_: Round, marks: dict[str, Mark]
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
        await round_.each(newest_first(elsewhere), check.read_again)
        left = await self.state.unread_chats()
        self.unread_in_vain = {
            chat.chat_id: listed_as(chat)
            for chat in self.listed.values()
            if chat.chat_id in left
            and (chat in elsewhere or self.unread_in_vain.get(chat.chat_id) == listed_as(chat))
        }

    async def _conclude(self, found: ChatList, marks: dict[str, Mark], round_: Round) -> SweepOutcome:
        listed = {chat.chat_id for chat in found.chats}
        self.unchecked = round_.failed + found.skipped
        if found.beyond or found.error is not None:
            to_import = (await self.state.first_import()).left
            self.unchecked += max(1, len(await self.state.held_chats() - listed - set(to_import)))
        if found.error is None:
            self.listed_whole = True
            self._keep_rows(found)
            await self.state.keep_only(listed, marks)
        unchecked = self.unchecked + len((await self.state.first_import()).left)
        whole = found.error is None and not round_.failed and not round_.missing
        outcome = SweepOutcome(round_.new, round_.missing, unchecked, whole)
        shown = await self.state.write_counts(
            round_.missing, unchecked, beyond=found.beyond, error=list_error(found.error)
        )
        self.metrics.swept(outcome, shown)
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
