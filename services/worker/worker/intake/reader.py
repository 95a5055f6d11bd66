"""Reads the inbox and commits what is in it: the way of a webhook, with no network but Redis."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ResponseError

from shared.process import trace
from shared.process.shutdown import end
from shared.redis import keys
from worker.intake import dead_letters
from worker.intake.acknowledge import SETTLE
from worker.intake.batch import NOTE_WEBHOOK, Batch, Command, Decision, StreamEntry, understand
from worker.intake.entry import Acknowledge, Commit, DeadLetterIt, MarkUnverified
from worker.intake.mark_unverified import DEMOTE
from worker.intake.metrics import IntakeMetrics
from worker.intake.pipelined import CommandPipeline, Sent, open_pipeline, replies
from worker.intake.redis_errors import is_stores_trouble
from worker.messages import commit

log = logging.getLogger("worker.intake")

BATCH = 128
BLOCK_MS = 4000
TAKEOVER_IDLE_MS = 3000
TAKEOVER_EVERY_S = 2.0
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

        While Redis commits one batch, the next is read, understood and sent, so that neither waits for the
        other. What is sent and not looked at yet is bounded: whoever is behind holds up the reading.
        """
        await load_scripts(self.redis)
        sent: asyncio.Queue[tuple[Batch, Sent]] = asyncio.Queue(1)
        async with open_pipeline(self.redis) as inbox_line, open_pipeline(self.redis) as commit_line:
            await self._take_own(inbox_line)
            stages = [
                asyncio.create_task(self._read(inbox_line, commit_line, sent)),
                asyncio.create_task(self._judge(sent)),
            ]
            try:
                broken, _ = await asyncio.wait(stages, return_when=asyncio.FIRST_COMPLETED)
                broken.pop().result()
            finally:
                await end(*stages)

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

    async def take(self, entries: Iterable[StreamEntry]) -> None:
        """Settle each entry: committed, buried with its reason, or left for another try."""
        batch = self._understand(entries)
        if batch.entries:
            await self._look(batch, await self._run(batch.commands))

    async def _take_own(self, line: CommandPipeline) -> None:
        """Settle once what was ours when the last connection broke; what fails again is left for takeover."""
        last = b"0"
        while entries := await self._group_read(line, last):
            await self.take((entry, fields) for entry, fields in entries if fields)
            last = entries[-1][0]

    async def _read(
        self, line: CommandPipeline, commits: CommandPipeline, sent: asyncio.Queue[tuple[Batch, Sent]]
    ) -> None:
        while True:
            entries = await self._group_read(line, b">")
            self.heard_at = time.monotonic()
            if entries:
                batch = self._understand(entries)
                await sent.put((batch, commits.send(batch.commands)))

    async def _judge(self, sent: asyncio.Queue[tuple[Batch, Sent]]) -> None:
        while True:
            batch, asked = await sent.get()
            with self.metrics.per_entry(len(batch.entries)):
                answers = await replies(asked)
            if any(isinstance(answer, NoScriptError) for answer in answers):
                answers = await self._run(batch.commands)
            await self._look(batch, answers)

    def _understand(self, entries: Iterable[StreamEntry]) -> Batch:
        return understand(entries, self.account_id, self.keep, self.clock(), self.signature_key)

    async def _look(self, batch: Batch, replies: Iterable[Any]) -> None:
        """See what became of each entry, and have the chats enriched that need it."""
        chats: dict[str, str] = {}
        for entry, what, reply in zip(batch.entries, batch.decisions, replies, strict=False):
            if await self._outcome(entry, what, reply) and isinstance(what, Commit):
                chats[what.change.chat_id] = trace.of(what.change.accepted or 0.0)
        for chat_id, word in chats.items():
            with trace.following(word):
                await self.unenriched(chat_id)

    async def _run(self, commands: Sequence[Command]) -> list[Any]:
        """Send all in one write; each is atomic by itself. The scripts are loaded when Redis lost them."""
        with self.metrics.per_entry(len(commands)):
            replies = await self._pipeline(commands)
            if any(isinstance(reply, NoScriptError) for reply in replies):
                await load_scripts(self.redis)
                replies = await self._pipeline(commands)
        return replies

    async def _pipeline(self, commands: Sequence[Command]) -> list[Any]:
        async with self.redis.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)
            return list(await pipe.execute(raise_on_error=False))

    async def _outcome(self, entry: StreamEntry, what: Decision, reply: Any) -> bool:
        """Note the outcome of one entry; True when its chat still needs enriching."""
        if isinstance(reply, Exception):
            await self._failed(entry, reply)
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
            case DeadLetterIt(reason):
                self.metrics.dead.inc()
                log.warning("worker.intake.buried", extra={"entry": entry[0].decode(), "reason": reason})
            case MarkUnverified():
                self.metrics.unsigned.inc()
                log.warning("worker.intake.unsigned", extra={"entry": entry[0].decode()})
            case Acknowledge():
                self.metrics.settled.inc()
        return False

    async def _failed(self, entry: StreamEntry, error: Exception) -> None:
        """Count a try only when the entry itself is the trouble; it comes again by takeover."""
        if is_stores_trouble(error):
            self.refused = str(error)
            log.warning("worker.intake.store_trouble", extra={"reason": str(error)})
            return
        tries = int(await self.redis.execute_command("HINCRBY", keys.TRIES, entry[0], 1))
        log.warning(
            "worker.intake.failed", extra={"entry": entry[0].decode(), "try": tries, "reason": str(error)}
        )
        if tries >= MOST_TRIES:
            await self._run([dead_letters.dead_letter_command(*entry, str(error), self.clock())])
            self.metrics.dead.inc()

    async def _group_read(self, line: CommandPipeline, after: bytes) -> list[StreamEntry]:
        """Read new entries (`>`), waiting for them, or our own unsettled ones after a place."""
        try:
            reply = await line.ask(
                *("XREADGROUP", "GROUP", keys.INBOX_GROUP, self.consumer, "COUNT", BATCH),
                *("BLOCK", BLOCK_MS, "STREAMS", keys.INBOX, after),
            )
        except ResponseError as error:
            if not _lost_group(error):
                raise
            await make_group(self.redis, keys.INBOX)
            return []
        return [
            (entry, dict(zip(fields[::2], fields[1::2], strict=True)) if fields else {})
            for _, entries in reply or ()
            for entry, fields in entries
        ]

    async def _claim(self) -> list[StreamEntry]:
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
    for script in (commit.SCRIPT, dead_letters.BURY, SETTLE, DEMOTE, NOTE_WEBHOOK):
        await redis.script_load(script.text)


def _told(change: commit.Change) -> dict[str, object]:
    message = change.messages[0]
    return {"trace": trace.of(change.accepted or 0.0), "chat": change.chat_id, "message_id": message.id}
