"""Reads the inbox and commits its webhooks. Calls no other service than Redis."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ResponseError

from shared.process import trace
from shared.process.foreseen import is_store_error
from shared.process.once_a_minute import is_due
from shared.process.redis_trouble import in_words
from shared.process.shutdown import run_together
from shared.process.stored import skipping
from shared.redis import keys, lua
from shared.redis.lua.scripts import CommitReply
from worker.intake.consumer_group import remake_group
from worker.intake.entry import (
    SCRIPTS,
    Acknowledge,
    Batch,
    Command,
    Decision,
    Reject,
    Step,
    StreamEntry,
    command,
    understand_in_turns,
)
from worker.intake.metrics import IntakeMetrics
from worker.intake.pipelined import CommandPipeline, Sent, open_pipeline, replies
from worker.messages import commit
from worker.messages.commit import Change

log = logging.getLogger("worker.intake")

BATCH = 128
BLOCK_MS = 4000
TAKEOVER_IDLE_MS = 3000
TAKEOVER_EVERY_S = 2.0
MOST_TRIES = 5
TURN_S = 0.03
"""CPU: twice what a batch of Avito's bodies takes. Hostile ones leave the loop to others."""


@dataclass(slots=True)
class Intake:
    """One reader of the consumer group.

    `enrich` is called with each chat that lacks buyer and item, `recheck` with each to be read again.
    """

    redis: Redis
    account_id: int
    keep: int
    consumer: str
    metrics: IntakeMetrics
    enrich: Callable[[str], Awaitable[None]]
    recheck: Callable[[str], Awaitable[None]]
    clock: Callable[[], float] = time.time
    heard_at: float = -math.inf
    """When the inbox was read last (monotonic s); at first never."""
    refused: str = ""
    """Why Redis refused the last commit; empty: it took it."""

    async def read_for_ever(self) -> None:
        """Commit new entries as they come, in order. Raises RedisError when Redis is away; call again.

        While Redis commits one batch, the next is read, decided and sent, so that neither side waits for the
        other. The queue of batches without an outcome is bounded, so reading never runs far ahead.
        """
        await load_scripts(self.redis)
        sent: asyncio.Queue[tuple[Batch, Sent]] = asyncio.Queue(1)
        async with open_pipeline(self.redis) as reads, open_pipeline(self.redis) as commits:
            await self._take_own(reads)
            self.heard_at = time.monotonic()
            await run_together(self._read(reads, commits, sent), self._note_outcomes(sent))

    async def take_over_for_ever(self) -> None:
        """Claim entries that a dead worker, or a broken connection of ours, left. Raises RedisError."""
        while True:
            await asyncio.sleep(TAKEOVER_EVERY_S)
            await self.take_over()

    async def take_over(self) -> None:
        """Claim and take all such entries, batch after batch."""
        while entries := await self._claim():
            log.info("worker.intake.taken_over", extra={"entries": len(entries)})
            self.metrics.taken_over.inc(len(entries))
            await self.take(entries)

    async def take(self, entries: Iterable[StreamEntry]) -> None:
        """Handle each entry: it is committed, rejected with its reason, or left for another try."""
        for batch in self._understand(entries):
            await self._note(batch, await self._run(batch.commands))

    async def _take_own(self, reads: CommandPipeline) -> None:
        """Take once the entries that were ours when the connection broke. Takeover brings failed ones."""
        last = b"0"
        while entries := await self._group_read(reads, last):
            await self.take((entry, fields) for entry, fields in entries if fields)
            last = entries[-1][0]

    async def _read(
        self, reads: CommandPipeline, commits: CommandPipeline, sent: asyncio.Queue[tuple[Batch, Sent]]
    ) -> None:
        while True:
            entries = await self._group_read(reads, b">")
            self.heard_at = time.monotonic()
            for batch in self._understand(entries):
                await sent.put((batch, commits.send(batch.commands)))
                await asyncio.sleep(0)  # which a put into an empty queue does not

    async def _note_outcomes(self, sent: asyncio.Queue[tuple[Batch, Sent]]) -> None:
        while True:
            batch, commands = await sent.get()
            with self.metrics.per_entry(len(batch.entries)):
                answers = await replies(commands)
            if any(isinstance(answer, NoScriptError) for answer in answers):
                answers = await self._run(batch.commands)
            await self._note(batch, answers)

    def _understand(self, entries: Iterable[StreamEntry]) -> Iterator[Batch]:
        return understand_in_turns(entries, self.account_id, self.keep, self.clock, TURN_S)

    async def _note(self, batch: Batch, answers: Iterable[Any]) -> None:
        """Note the outcome of each entry, and have the chats enriched that need it."""
        chats: dict[str, str] = {}
        for entry, decision, answer in zip(batch.entries, batch.decisions, answers, strict=False):
            for change in await self._outcomes(entry, decision, answer):
                chats[change.chat_id] = trace.trace_id(change.accepted or 0.0)
        for chat_id, word in chats.items():
            with trace.following(word):
                await self.enrich(chat_id)

    async def _run(self, commands: Sequence[Command]) -> list[Any]:
        """Send all in one write; each is atomic by itself. Scripts that Redis has lost are loaded again."""
        with self.metrics.per_entry(len(commands)):
            answers = await self._pipeline(commands)
            if any(isinstance(answer, NoScriptError) for answer in answers):
                await load_scripts(self.redis)
                answers = await self._pipeline(commands)
        return answers

    async def _pipeline(self, commands: Sequence[Command]) -> list[Any]:
        async with self.redis.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)
            return list(await pipe.execute(raise_on_error=False))

    async def _outcomes(self, entry: StreamEntry, decision: Decision, answer: Any) -> list[Change]:
        """Take the other steps of one entry, and note them all; return changes whose chats need enriching."""
        unenriched: list[Change] = []
        steps = [decision.first, *decision.others]
        for at, step in enumerate(steps):
            if at:
                (answer,) = await self._run([self._command(entry, step)])
            if isinstance(answer, Exception):
                await self._failed(entry, answer)
                break
            self.refused = ""
            if await self._outcome(entry, step, answer) and isinstance(step, Change):
                unenriched.append(step)
        return unenriched

    def _command(self, entry: StreamEntry, step: Step) -> Command:
        return command(entry, step, self.account_id, self.keep, self.clock())

    async def _outcome(self, entry: StreamEntry, step: Step, answer: Any) -> bool:
        """Note the outcome of one step; True when its chat still needs enriching."""
        match step:
            case Change() as change:
                done = commit.observed(change, CommitReply.read(answer))
                self.metrics.count(change, done)
                if log.isEnabledFor(logging.DEBUG):
                    log.debug("worker.intake.committed", extra=_extra(change) | {"seq": done.seq})
                if done.needs_recheck:
                    await self.recheck(change.chat_id)
                return done.unenriched
            case Reject():
                self.metrics.reject(step.product)
                log.warning("worker.intake.buried", extra={"entry": entry[0].decode(), "reason": step.reason})
                await self._look_up(step.chats)
            case Acknowledge():
                self.metrics.acknowledge(is_event=bool(step.chats))
                await self._look_up(step.chats)
        return False

    async def _look_up(self, chats: Iterable[str]) -> None:
        for chat_id in chats:
            await self.recheck(chat_id)

    async def _failed(self, entry: StreamEntry, error: Exception) -> None:
        """Count a try when the entry itself is at fault; takeover brings the entry again."""
        if is_store_error(error):
            self.refused = str(error)
            if is_due(reason := in_words(error)):
                log.warning("worker.intake.store_trouble", extra={"reason": reason})
            return
        tries = await self._count_try(entry[0])
        log.warning(
            "worker.intake.failed", extra={"entry": entry[0].decode(), "try": tries, "reason": str(error)}
        )
        if tries >= MOST_TRIES:
            await self._run([self._command(entry, Reject(str(error)))])
            self.metrics.reject("")

    async def _count_try(self, entry: bytes) -> int:
        """Return how often the entry has failed; at once too often where that cannot be read."""
        with skipping(keys.COMMIT_ATTEMPTS):
            return int(await self.redis.hincrby(keys.COMMIT_ATTEMPTS, entry, 1))
        return MOST_TRIES

    async def _group_read(self, reads: CommandPipeline, after: bytes) -> list[StreamEntry]:
        """Wait for new entries (`>`), or read those after an entry that we have not acknowledged."""
        try:
            reply = await reads.ask(
                *("XREADGROUP", "GROUP", keys.INBOX_GROUP, self.consumer, "COUNT", BATCH),
                *("BLOCK", BLOCK_MS, "STREAMS", keys.INBOX, after),
            )
        except ResponseError as error:
            await remake_group(self.redis, keys.INBOX, error)
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
            await remake_group(self.redis, keys.INBOX, error)
            return []
        return [(entry, fields) for entry, fields in entries if fields is not None]


def _extra(change: Change) -> dict[str, object]:
    message = change.messages[0]
    return {"trace": trace.trace_id(change.accepted or 0.0), "chat": change.chat_id, "message_id": message.id}


async def load_scripts(redis: Redis) -> None:
    """Make every script of a batch known to Redis."""
    for name in SCRIPTS:
        await lua.make_known(redis, name)
