"""Reads one chat at Avito, commits what is new, and verifies that operators see all of it."""

import logging
from dataclasses import dataclass, replace

from redis.asyncio import Redis

from shared.process.stored import read_or
from shared.redis import keys
from shared.wires.forgotten import forgotten_at
from worker.accounts.context import AccountContext
from worker.avito.chats import ChatListing
from worker.avito.client import AvitoClient
from worker.avito.errors import Unavailable
from worker.messages.commit import NO_TYPE, Change, commit
from worker.messages.message import Message
from worker.sync.sweep.commit_thread import after, commit_thread
from worker.sync.sweep.marks import Mark, mark_read
from worker.sync.sweep.plan import ACTIVE_S
from worker.sync.sweep.sweep_state import SweepState
from worker.sync.sweep.thread_reader import ReadRange, read_back

log = logging.getLogger("worker.sweep")

LATE_S = 4 * 86_400.0
"""Avito's lists are out of order by as much, so a message may appear among older ones."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome for one chat: messages `new` here, and those `missing` here though Avito has them."""

    new: int
    missing: int


@dataclass(frozen=True, slots=True)
class ChatCheck:
    """Reads, commits and verifies chats, in one epoch only: in the next, all begins with the marks there.

    `read`, `read_again`, `show_facts` and `put_off` raise OtherEpochError.
    """

    account: AccountContext
    state: SweepState
    client: AvitoClient
    epoch: bytes

    async def read(self, chat: ChatListing) -> Checked:
        """Read what is new since the last reading. Raises AvitoError; the mark then stays as it was."""
        mark = await self._mark(chat)
        until = mark.newest if mark and mark.read_at else None
        oldest = 0.0 if until else self.account.clock() - ACTIVE_S
        return await self._read(chat, mark, ReadRange(until, oldest, self.account.keep))

    async def read_again(self, chat: ChatListing) -> Checked:
        """Read messages that may have been deleted, or read by the buyer, since the last reading."""
        mark, now = await self._mark(chat), self.account.clock()
        if mark is None:
            return await self.read(chat)
        read_at = mark.read_at if mark.read_at <= now else now - ACTIVE_S  # the clock was set back since
        return await self._read(chat, mark, ReadRange(None, read_at - LATE_S, self.account.keep))

    async def show_facts(self, chat: ChatListing) -> None:
        """Show buyer and item of a verified chat as the list says now."""
        if mark := await self._mark(chat):
            await self.commit_facts(chat)
            shown = replace(mark, facts=chat.facts.fingerprint)
            await self.state.put(chat.chat_id, shown, self.epoch)

    async def put_off(self, chat: ChatListing) -> None:
        """Leave a chat that Avito does not know until its turn tomorrow."""
        if mark := await self._mark(chat):
            await self.state.put(chat.chat_id, replace(mark, read_at=self.account.clock()), self.epoch)

    async def _mark(self, chat: ChatListing) -> Mark | None:
        return await self.state.mark_in(self.epoch, chat.chat_id)

    async def show_row(self, chat: ChatListing, last: Message) -> None:
        """Show a chat as its row says, with the last message alone, until its thread is read."""
        await self._commit_row(chat, (last,))

    async def correct_type(self, chat: ChatListing) -> None:
        """Correct the held type of a chat that an earlier version took for one of Avito's own by guessing."""
        held = await self.account.redis.hget(keys.chat(self.state.account_id, chat.chat_id), "type")
        if held == b'"a2u"' and chat.chat_type != "a2u":
            await self._commit_row(replace(chat, chat_type=chat.chat_type or NO_TYPE), ())

    async def commit_facts(self, chat: ChatListing) -> None:
        """Commit buyer and item as the list says, for a chat that is held."""
        if await self.account.redis.zscore(keys.chats(self.state.account_id), chat.chat_id) is None:
            return
        await self._commit_row(chat, ())

    async def _commit_row(self, chat: ChatListing, messages: tuple[Message, ...]) -> None:
        change = Change(
            self.state.account_id,
            chat.chat_id,
            messages,
            "sweep",
            facts=chat.facts,
            chat_type=chat.chat_type,
            from_row=True,
        )
        await commit(self.account.redis, change, self.account.clock(), self.account.keep)

    async def _read(self, chat: ChatListing, mark: Mark | None, span: ReadRange) -> Checked:
        began = self.account.clock()
        thread = await read_back(self.client, chat.chat_id, span)
        if thread.skipped:
            log.warning("worker.sweep.unreadable_rows", extra={"chat": chat.chat_id, "rows": thread.skipped})
        if not thread.messages and not thread.skipped and chat.last is not None:
            raise Unavailable("messages", why="an empty thread, though its chat has a message")
        unverified = after(thread.messages, mark)
        new = await self._commit(chat, thread.messages, mark)
        missing = await missing_of(self.account.redis, self.state.account_id, chat.chat_id, unverified)
        if missing:
            log.error("worker.sweep.missing", extra={"chat": chat.chat_id, "messages": missing})
        else:
            read = mark_read(chat, thread.messages, mark, began)
            await self.state.put(chat.chat_id, read, self.epoch, len(unverified))
        return Checked(new, missing)

    async def _commit(self, chat: ChatListing, messages: tuple[Message, ...], mark: Mark | None) -> int:
        """Return how many messages are new. A thread without messages shows no chat that is not held."""
        if not messages:
            await self.commit_facts(chat)
            return 0
        done = await commit_thread(
            self.account, chat.chat_id, messages, mark, facts=chat.facts, chat_type=chat.chat_type
        )
        return done.new


async def missing_of(redis: Redis, account_id: int, chat_id: str, messages: tuple[Message, ...]) -> int:
    """Count the messages that operators ought to see in a chat and do not. Pruned ones are not missing."""
    if not messages:
        return 0
    async with redis.pipeline(transaction=True) as pipe:
        pipe.hmget(keys.messages(account_id, chat_id), [message.id for message in messages])
        pipe.hmget(keys.chat(account_id, chat_id), ["json", "floor"])
        pipe.zmscore(keys.floors(account_id), [chat_id, ""])
        held, (known, floor), floors = await pipe.execute()
    before = read_or(keys.chat(account_id, chat_id), floor or None, _time_of, None)
    if before is not None:
        held_from = before
    elif known:
        held_from = 0.0
    else:
        forgotten = await forgotten_at(redis, account_id, chat_id)
        held_from = max(at or 0.0 for at in (forgotten, *floors))
    pairs = zip(messages, held, strict=True)
    return sum(value is None and message.created > held_from for message, value in pairs)


def _time_of(mark: bytes) -> float:
    """Return the time of a position in the thread (lua/_chat.lua)."""
    return float(mark.split(b" ")[0])
