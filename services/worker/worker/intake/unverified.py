"""Reads unverified webhooks: their chats are looked up at Avito before anything is shown.

One worker at a time does it, under the lease of the sync. What an unverified webhook says is never believed:
it only tells in which chat to look. It may come from anybody, so reading them has a CPU budget; what is past
it is left to an early sweep.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from prometheus_client import Counter
from redis.exceptions import ResponseError

from shared.process.stored import skipping
from shared.redis import keys
from shared.wires import inbox, jobs
from shared.wires.webhook_body import LARGEST_UNVERIFIED, UnopenedError, open_body
from worker.accounts.context import AccountContext
from worker.avito.errors import AvitoError, NotFound
from worker.avito.rate_limit import Priority
from worker.intake.consumer_group import remake_group
from worker.intake.entry import StreamEntry
from worker.messages.message import Message
from worker.messages.webhook import Reading, read_webhook
from worker.sync.sweep.refresh import read_newest

log = logging.getLogger("worker.hints")

CONSUMER = "watch"
"""The same in every process, so that each reads on where the last one died."""
BATCH = 100
BLOCK_MS = 4000
REMEMBERED = 1_000
MOST_CHATS = 100
"""Chats of a batch that are taken; one body may name many."""
CPU_OF_BATCH_S = 0.05
"""What it takes to read ordinary bodies is a fifth of it."""
REST = 19.0
"""After a batch it rests so many times as long as it computed: strangers have a twentieth of a core."""
CHAT_GAP_S = 5.0
MINUTE_S = 60.0
A_MINUTE = 10
_NEW = b">"


def read_unverified(fields: Mapping[bytes, bytes], account_id: int, now: float) -> Reading:
    """Read what may exist at Avito; no content of an entry makes this raise. Pure."""
    try:
        body = open_body(inbox.read(fields), LARGEST_UNVERIFIED)
    except UnopenedError as error:
        return Reading(problem=str(error))
    return read_webhook(body, account_id, now)


@dataclass(slots=True)
class LookUpLimits:
    """So few look-ups that forged webhooks cost next to nothing. Times in Unix seconds. Pure."""

    allowed: deque[float] = field(default_factory=deque)
    by_chat: dict[str, float] = field(default_factory=dict)

    def may_look_up(self, chat_id: str, now: float) -> bool:
        """Tell whether a chat may be looked up now, and count it; otherwise an early sweep finds it."""
        self._forget(now)
        if len(self.allowed) >= A_MINUTE or chat_id in self.by_chat:
            return False
        self.allowed.append(now)
        self.by_chat[chat_id] = now
        return True

    def _forget(self, now: float) -> None:
        """Drop what is past; a clock that was set back drops everything."""
        while self.allowed and not 0 <= now - self.allowed[0] < MINUTE_S:
            self.allowed.popleft()
        self.by_chat = {chat: at for chat, at in self.by_chat.items() if 0 <= now - at < CHAT_GAP_S}


@dataclass(slots=True)
class _Batch:
    """What bodies say: messages by chat, which is `named` where something else happened too.

    `unread`: bodies for which the CPU did not suffice. `computed_s`: CPU seconds.
    """

    by_chat: dict[str, list[Message]] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    unread: int = 0
    computed_s: float = 0.0

    def add(self, read: Reading) -> None:
        """Add what one body says."""
        for message in read.messages:
            self.by_chat.setdefault(message.chat_id, []).append(message)
        for chat_id in read.chats:
            self.named.add(chat_id)
            self.by_chat.setdefault(chat_id, [])


@dataclass(slots=True)
class UnverifiedReader:
    """The reader of one account. `ask_early` asks for an early sweep, for what is not looked up now.

    `cpu_clock`: the CPU seconds that this thread has computed.
    """

    account: AccountContext
    outcomes: Counter
    ask_early: Callable[[], Awaitable[None]]
    limits: LookUpLimits = field(default_factory=LookUpLimits)
    cpu_clock: Callable[[], float] = time.thread_time

    async def read_for_ever(self) -> None:
        """Take webhooks as they come, first those that an earlier reader left. Raises RedisError."""
        after = b"0"
        while True:
            entries = await self._read(after)
            await self.take(entries)
            if after != _NEW:
                after = entries[-1][0] if entries else _NEW

    async def take(self, entries: list[StreamEntry]) -> None:
        """Handle a batch: each chat is looked up once, or left to an early sweep; then rest."""
        batch = await self._read_bodies(entries)
        messages = [message for said in batch.by_chat.values() for message in said]
        await self._remember([f"{m.chat_id} {m.id}" for m in messages], self.account.clock())
        chats = [*batch.by_chat.items()]
        for chat_id, said in chats[:MOST_CHATS]:
            with skipping(keys.chat(self.account.account_id, chat_id)):
                await self._take_chat(chat_id, said, only_named=chat_id in batch.named)
        if left := batch.unread + len(chats[MOST_CHATS:]):
            await self._leave_to_sweep(left)
        if entries:
            await self._acknowledge([entry for entry, _ in entries])
        await asyncio.sleep(batch.computed_s * REST)

    async def _read_bodies(self, entries: list[StreamEntry]) -> "_Batch":
        """Read in turns with the loop's other work, as many as the CPU of a batch suffices for."""
        batch, now = _Batch(), self.account.clock()
        for _, fields in entries:
            if batch.computed_s > CPU_OF_BATCH_S:
                batch.unread += 1
                continue
            began = self.cpu_clock()
            read = read_unverified(fields or {}, self.account.account_id, now)
            batch.add(read)
            if not read.messages and not read.chats:
                self.outcomes.labels("probe" if read.is_probe else "junk").inc()
            batch.computed_s += self.cpu_clock() - began
            await asyncio.sleep(0)
        return batch

    async def _take_chat(self, chat_id: str, said: list[Message], *, only_named: bool) -> None:
        """`only_named`: something that cannot be read happened there as well."""
        if not only_named and await self._are_known(chat_id, said):
            self.outcomes.labels("known").inc(len(said))
        elif self.limits.may_look_up(chat_id, self.account.clock()):
            self.outcomes.labels(await self._look_up(chat_id, only_named=only_named)).inc(max(1, len(said)))
        else:
            await self._leave_to_sweep(max(1, len(said)))

    async def _leave_to_sweep(self, number: int) -> None:
        self.outcomes.labels("left_to_sweep").inc(number)
        await self.ask_early()

    async def _look_up(self, chat_id: str, *, only_named: bool) -> str:
        """Commit what Avito has of the chat. While Avito fails, the chat is left to the sweep."""
        try:
            done = await read_newest(
                self.account, self.account.avito.at(Priority.HINT), chat_id, expected=not only_named
            )
        except NotFound:
            log.info("worker.hints.unknown_at_avito", extra={"chat": chat_id})
            return "unknown"
        except AvitoError as error:
            log.warning("worker.hints.later", extra={"chat": chat_id, "reason": str(error)})
            await self.ask_early()
            return "left_to_sweep"
        if done.unenriched:
            await jobs.enqueue(self.account.redis, jobs.ENRICH_CHAT, self.account.account_id, chat_id)
        log.info("worker.hints.looked_up", extra={"chat": chat_id, "new": done.new})
        return "looked_up"

    async def _are_known(self, chat_id: str, said: list[Message]) -> bool:
        """Tell whether operators see all of it already, so that Avito need not be asked."""
        if any(message.deleted or message.announces_deletion for message in said):
            return False  # knowing the id is not enough
        ids = [message.id for message in said]
        held = await self.account.redis.hmget(keys.messages(self.account.account_id, chat_id), ids)
        return all(value is not None for value in held)

    async def _remember(self, names: list[str], now: float) -> None:
        """Note that Avito posted these messages, so that they do not count as missed webhooks."""
        names = names[-REMEMBERED:]
        if not names:
            return
        async with self.account.redis.pipeline(transaction=False) as pipe:
            pipe.zadd(keys.unverified_messages(self.account.account_id), dict.fromkeys(names, now))
            pipe.zremrangebyrank(keys.unverified_messages(self.account.account_id), 0, -REMEMBERED - 1)
            pipe.zrem(keys.found_by_sweep(self.account.account_id), *names)
            await pipe.execute()

    async def _acknowledge(self, entries: list[bytes]) -> None:
        async with self.account.redis.pipeline(transaction=True) as pipe:
            pipe.xack(keys.UNVERIFIED, keys.INBOX_GROUP, *entries)
            pipe.xdel(keys.UNVERIFIED, *entries)
            await pipe.execute()

    async def _read(self, after: bytes) -> list[StreamEntry]:
        block = BLOCK_MS if after == _NEW else None
        try:
            reply = await self.account.redis.xreadgroup(
                keys.INBOX_GROUP, CONSUMER, {keys.UNVERIFIED: after}, count=BATCH, block=block
            )
        except ResponseError as error:
            await remake_group(self.account.redis, keys.UNVERIFIED, error)
            return []
        return list(reply[0][1]) if reply else []
