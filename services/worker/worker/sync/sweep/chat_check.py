"""Reads one chat at Avito, commits what is new, and verifies that operators see all of it."""

import logging
from dataclasses import dataclass

from redis.asyncio import Redis

from shared.redis import keys
from shared.wires.forgotten import forgotten_at
from worker.accounts.context import AccountContext
from worker.avito.chats import ChatListing
from worker.avito.client import AvitoClient
from worker.messages.commit import Change, commit
from worker.messages.deletion import DELETABLE_S
from worker.messages.message import Message
from worker.sync.sweep.marks import Mark, mark_read
from worker.sync.sweep.plan import ACTIVE_S
from worker.sync.sweep.sweep_state import SweepState
from worker.sync.sweep.thread_reader import ReadRange, read_back

log = logging.getLogger("worker.sweep")

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome for one chat: messages `new` here, and those `missing` here though Avito has them."""

    new: int
    missing: int


@dataclass(frozen=True, slots=True)
class ChatCheck:
    """Reads, commits and verifies chats. Messages up to `quiet_until` (Unix s) are published in bulk."""

    account: AccountContext
    state: SweepState
    client: AvitoClient
    quiet_until: float = 0.0

    async def read(self, chat: ChatListing, mark: Mark | None) -> Checked:
        """Read what is new since `mark`. Raises AvitoError; the mark then stays as it was."""
        until = mark.newest if mark else None
        oldest = 0.0 if until else self.account.clock() - ACTIVE_S
        return await self._read(chat, mark, ReadRange(until, oldest, self.account.keep))

    async def read_again(self, chat: ChatListing, mark: Mark) -> Checked:
        """Read messages that may have been deleted, or read by the buyer, since the last reading."""
        now = self.account.clock()
        read_at = mark.read_at if mark.read_at <= now else now - ACTIVE_S  # the clock was set back since
        span = ReadRange(None, read_at - DELETABLE_S, self.account.keep)
        return await self._read(chat, mark, span)

    async def commit_facts(self, chat: ChatListing) -> None:
        """Commit buyer and item as the list says, for a chat that is held."""
        if await self.account.redis.zscore(keys.chats(self.state.account_id), chat.chat_id) is None:
            return
        change = Change(
            self.state.account_id, chat.chat_id, (), "sweep", facts=chat.facts, chat_type=chat.chat_type
        )
        await commit(self.account.redis, change, self.account.clock(), self.account.keep)

    async def _read(self, chat: ChatListing, mark: Mark | None, span: ReadRange) -> Checked:
        began = self.account.clock()
        thread = await read_back(self.client, chat.chat_id, span)
        if thread.skipped:
            log.warning("worker.sweep.unreadable_rows", extra={"chat": chat.chat_id, "rows": thread.skipped})
        unverified = after(thread.messages, mark)
        new = await self._commit(chat, thread.messages, len(thread.messages) - len(unverified))
        missing = await missing_of(self.account.redis, self.state.account_id, chat.chat_id, unverified)
        if missing:
            log.error("worker.sweep.missing", extra={"chat": chat.chat_id, "messages": missing})
        else:
            await self.state.put(chat.chat_id, mark_read(chat, thread.messages, mark, began), len(unverified))
        return Checked(new, missing)

    async def _commit(self, chat: ChatListing, messages: tuple[Message, ...], verified: int) -> int:
        """Commit oldest first, bulk and live messages apart; return how many are new.

        `verified`: so many of them, the oldest, were verified before.
        """
        if not messages:
            await self.commit_facts(chat)
            return 0
        old = tuple(message for message in messages if message.created <= self.quiet_until)
        live = messages[len(old) :]
        expected = await self.state.expected()
        new = 0
        for part in (*_parts(old), *_parts(live)):
            change = Change(
                self.state.account_id,
                chat.chat_id,
                part,
                "sweep",
                facts=chat.facts,
                chat_type=chat.chat_type,
                quiet=part[-1].created <= self.quiet_until,
                expected=expected,
                verified=verified,
            )
            verified = max(0, verified - len(part))
            new += (await commit(self.account.redis, change, self.account.clock(), self.account.keep)).new
        return new


async def missing_of(redis: Redis, account_id: int, chat_id: str, messages: tuple[Message, ...]) -> int:
    """Count the messages that operators ought to see in a chat and do not. Pruned ones are not missing."""
    if not messages:
        return 0
    async with redis.pipeline(transaction=True) as pipe:
        pipe.hmget(keys.messages(account_id, chat_id), [message.id for message in messages])
        pipe.hmget(keys.chat(account_id, chat_id), ["json", "floor"])
        pipe.zmscore(keys.floors(account_id), [chat_id, ""])
        held, (known, floor), floors = await pipe.execute()
    if floor:
        held_from = float(floor.split(b" ")[0])
    elif known:
        held_from = 0.0
    else:
        forgotten = await forgotten_at(redis, account_id, chat_id)
        held_from = max(at or 0.0 for at in (forgotten, *floors))
    pairs = zip(messages, held, strict=True)
    return sum(value is None and message.created > held_from for message, value in pairs)


def after(messages: tuple[Message, ...], mark: Mark | None) -> tuple[Message, ...]:
    """Return the messages, oldest first, that were not verified yet."""
    position = mark.newest if mark else None
    if position is None:
        return messages
    ids = [message.id for message in messages]
    if position.message_id in ids:
        return messages[ids.index(position.message_id) + 1 :]
    later = (n for n, message in enumerate(messages) if message.created > position.created)
    return messages[next(later, len(messages)) :]


def _parts(messages: tuple[Message, ...]) -> list[tuple[Message, ...]]:
    return [messages[at : at + AT_ONCE] for at in range(0, len(messages), AT_ONCE)]
