"""Reads the inbox and commits what is in it: the way of a webhook, with no network but Redis."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ResponseError

from shared import inbox, keys, trace
from shared.ending import end
from worker import commit, dead_letters
from worker.demote import DEMOTE, demote_command
from worker.inbox_entry import Bury, Commit, Demote, Settle, decide
from worker.intake_metrics import IntakeMetrics
from worker.settle import SETTLE, settle_command
from worker.trouble import is_stores_trouble

log = logging.getLogger("worker.intake")

Entry = tuple[bytes, dict[bytes, bytes]]
Decided = tuple[bytes, dict[bytes, bytes], Commit | Settle | Bury | Demote]
BATCH = 128
BLOCK_MS = 4000
TAKEOVER_IDLE_MS = 3000
TAKEOVER_EVERY_S = 1.5
MOST_TRIES = 5


@dataclass(slots=True)
class Intake:
    """One reader of the consumer group.

    `unenriched` is told of each chat that lacks buyer and item, `doubtful` of each to be read again.
    With a `signature_key` a webhook that is not signed under it is only a hint.
    """

    redis: Redis
    account_id: int
    keep: int
    consumer: str
    metrics: IntakeMetrics
    unenriched: Callable[[str], Awaitable[None]]
    doubtful: Callable[[str], Awaitable[None]]
    clock: Callable[[], float] = time.time
    signature_key: bytes = field(default=b"", repr=False)
    heard_at: float = field(default_factory=time.monotonic)
    refused: str = ""
    """Why Redis took nothing the last time something was to be committed; empty: it did."""

    async def read_for_ever(self) -> None:
        """Commit new entries as they come, in order. Raises RedisError when Redis is away; call again.

        While Redis commits one batch the next is read and understood, so that neither waits for the other.
        """
        committing = asyncio.create_task(self._settle([]))
        try:
            while True:
                reply = await self._group_read()
                self.heard_at = time.monotonic()
                decided = [self._decide(*entry) for _, entries in reply or () for entry in entries]
                await committing
                committing = asyncio.create_task(self._settle(decided))
                await asyncio.sleep(0)  # the commits leave before the next read does
        finally:
            await end(committing)

    async def take_over_for_ever(self) -> None:
        """Claim what a dead worker (or our own broken connection) left. Raises RedisError like reading."""
        while True:
            await asyncio.sleep(TAKEOVER_EVERY_S)
            await self.take_over()

    async def take_over(self) -> None:
        """Claim and take all that was left, batch after batch."""
        while entries := await self._claim():
            log.info("worker.intake.taken_over", extra={"entries": len(entries)})
            self.metrics.taken_over.inc(len(entries))
            await self.take(entries)

    async def take(self, entries: Iterable[Entry]) -> None:
        """Settle each entry: committed, buried with its reason, or left for another try."""
        await self._settle([self._decide(*entry) for entry in entries if entry[1]])

    async def _settle(self, decided: list[Decided]) -> None:
        if not decided:
            return
        commands = [self._command(*one) for one in decided]
        replies = await self._run(commands, newest_webhook(fields for _, fields, _ in decided))
        chats: dict[str, str] = {}
        for (entry, fields, what), reply in zip(decided, replies, strict=True):
            if await self._judge(entry, fields, what, reply) and isinstance(what, Commit):
                chats[what.change.chat_id] = trace.of(what.change.accepted or 0.0)
        for chat_id, word in chats.items():
            with trace.following(word):
                await self.unenriched(chat_id)

    def _decide(self, entry: bytes, fields: dict[bytes, bytes]) -> Decided:
        return entry, fields, decide(entry, fields, self.account_id, self.clock(), self.signature_key)

    def _command(
        self, entry: bytes, fields: dict[bytes, bytes], what: Commit | Settle | Bury | Demote
    ) -> list[Any]:
        match what:
            case Commit(change):
                return commit.command(change, self.clock(), self.keep)
            case Settle(canary):
                return settle_command(entry, self.clock(), canary)
            case Demote():
                return demote_command(entry, fields)
            case Bury(reason):
                return dead_letters.bury_command(entry, fields, reason, self.clock())

    async def _run(self, commands: list[list[Any]], heard_at: float | None = None) -> list[Any]:
        """Send all in one write; each is atomic by itself. The scripts are loaded when Redis lost them."""
        started = time.perf_counter()
        replies = await self._pipeline(commands, heard_at)
        if any(isinstance(reply, NoScriptError) for reply in replies):
            await load_scripts(self.redis)
            replies = await self._pipeline(commands, heard_at)
        self.metrics.seconds.observe((time.perf_counter() - started) / max(1, len(commands)))
        return replies

    async def _pipeline(self, commands: list[list[Any]], heard_at: float | None) -> list[Any]:
        async with self.redis.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)
            if heard_at is not None:
                pipe.hset(keys.FACTS, "last_webhook_at", repr(heard_at))
            return (await pipe.execute(raise_on_error=False))[: len(commands)]

    async def _judge(
        self, entry: bytes, fields: dict[bytes, bytes], what: Commit | Settle | Bury | Demote, reply: Any
    ) -> bool:
        """Note the outcome of one entry; True when its chat still needs enriching."""
        if isinstance(reply, Exception):
            await self._failed(entry, fields, reply)
            return False
        self.refused = ""
        match what:
            case Commit(change):
                done = commit.outcome(reply)
                self.metrics.entry(done)
                if log.isEnabledFor(logging.DEBUG):
                    log.debug("worker.intake.committed", extra=_told(change) | {"seq": done.seq})
                if done.doubtful:
                    await self.doubtful(change.chat_id)
                return done.unenriched
            case Bury(reason):
                self.metrics.dead.inc()
                log.warning("worker.intake.buried", extra={"entry": entry.decode(), "reason": reason})
            case Demote():
                self.metrics.unsigned.inc()
                log.warning("worker.intake.unsigned", extra={"entry": entry.decode()})
            case Settle():
                self.metrics.settled.inc()
        return False

    async def _failed(self, entry: bytes, fields: dict[bytes, bytes], error: Exception) -> None:
        """Count a try only when the entry itself is the trouble; it comes again by takeover."""
        if is_stores_trouble(error):
            self.refused = str(error)
            log.warning("worker.intake.store_trouble", extra={"reason": str(error)})
            return
        tries = int(await self.redis.execute_command("HINCRBY", keys.TRIES, entry, 1))
        log.warning(
            "worker.intake.failed", extra={"entry": entry.decode(), "try": tries, "reason": str(error)}
        )
        if tries >= MOST_TRIES:
            await self._run([dead_letters.bury_command(entry, fields, str(error), self.clock())])
            self.metrics.dead.inc()

    async def _group_read(self) -> Any:
        try:
            return await self.redis.execute_command(
                *("XREADGROUP", "GROUP", keys.INBOX_GROUP, self.consumer, "COUNT", BATCH),
                *("BLOCK", BLOCK_MS, "STREAMS", keys.INBOX, ">"),
            )
        except ResponseError as error:
            if not _lost_group(error):
                raise
            await make_group(self.redis, keys.INBOX)
            return None

    async def _claim(self) -> list[Entry]:
        try:
            _, entries, *_ = await self.redis.xautoclaim(
                keys.INBOX, keys.INBOX_GROUP, self.consumer, TAKEOVER_IDLE_MS, count=BATCH
            )
        except ResponseError as error:
            if not _lost_group(error):
                raise
            await make_group(self.redis, keys.INBOX)
            return []
        return [(entry, fields) for entry, fields in entries if fields is not None]


def newest_webhook(entries: Iterable[dict[bytes, bytes]]) -> float | None:
    """Return when the newest real webhook among these was accepted; canaries are not webhooks."""
    return max(
        (inbox.read(fields).accepted for fields in entries if inbox.CANARY not in fields), default=None
    )


def _lost_group(error: ResponseError) -> bool:
    """Tell whether the stream or its group is gone: Redis came back without its data."""
    return any(word in str(error) for word in ("NOGROUP", "UNBLOCKED"))


async def make_group(redis: Redis, stream: str) -> None:
    """Make the consumer group from the stream's beginning, so that nothing already there is skipped."""
    try:
        await redis.xgroup_create(stream, keys.INBOX_GROUP, id="0", mkstream=True)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise


async def load_scripts(redis: Redis) -> None:
    """Make every script of intake known to Redis."""
    for script in (commit.SCRIPT, dead_letters.BURY, SETTLE, DEMOTE):
        await redis.script_load(script.text)


def _told(change: commit.Change) -> dict[str, object]:
    message = change.messages[0]
    return {"trace": trace.of(change.accepted or 0.0), "chat": change.chat_id, "message_id": message.id}
