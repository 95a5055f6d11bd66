"""Reads the stream of hints. One worker at a time does: whoever has the lease of the watch."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from prometheus_client import Counter
from redis.exceptions import ResponseError

from shared.redis import keys
from shared.wires import jobs
from worker.accounts.context import AccountContext
from worker.avito.budget import Priority
from worker.avito.errors import AvitoError, NotFound
from worker.intake.look_up_limits import LookUpLimits
from worker.intake.unverified_webhook import UnverifiedWebhook, read_unverified
from worker.sync.sweep.newest_page import read_newest

log = logging.getLogger("worker.hints")

CONSUMER = "watch"
"""The same in every process: what a dead one had taken is the next one's to read."""
BATCH = 100
BLOCK_MS = 4000
REMEMBERED = 1_000
_AFTER_WHAT_IS_OURS = b">"

Entry = tuple[bytes, dict[bytes, bytes]]


@dataclass(slots=True)
class UnverifiedReader:
    """One account's. `ask_early` is told when hints are left to an early sweep."""

    work: AccountContext
    outcomes: Counter
    ask_early: Callable[[], Awaitable[None]]
    limits: LookUpLimits = field(default_factory=LookUpLimits)

    async def read_for_ever(self) -> None:
        """Take hints as they come, first what was left. Raises RedisError; call again."""
        place = b"0"
        while True:
            entries = await self._read(place)
            await self.take(entries)
            if place != _AFTER_WHAT_IS_OURS:
                place = entries[-1][0] if entries else _AFTER_WHAT_IS_OURS

    async def take(self, entries: list[Entry]) -> None:
        """Settle a batch: each chat is looked up once, or left to an early sweep."""
        now = self.work.clock()
        hints: dict[str, list[UnverifiedWebhook]] = {}
        for _, fields in entries:
            hint = read_unverified(fields or {}, self.work.account_id, now)
            if isinstance(hint, UnverifiedWebhook):
                hints.setdefault(hint.chat_id, []).append(hint)
            else:
                self.outcomes.labels(hint).inc()
        await self._remember([hint.name for found in hints.values() for hint in found], now)
        for chat_id, found in hints.items():
            await self._take_chat(chat_id, found)
        if entries:
            await self._let_go([entry for entry, _ in entries])

    async def _take_chat(self, chat_id: str, hints: list[UnverifiedWebhook]) -> None:
        if await self._are_known(chat_id, hints):
            self.outcomes.labels("known").inc(len(hints))
        elif self.limits.may_look_up(chat_id, self.work.clock()):
            self.outcomes.labels(await self._look_up(chat_id)).inc(len(hints))
        else:
            self.outcomes.labels("left_to_sweep").inc(len(hints))
            await self.ask_early()

    async def _look_up(self, chat_id: str) -> str:
        """Commit what Avito has of the chat, whatever the hint said. Trouble leaves it to the sweep."""
        try:
            done = await read_newest(self.work, self.work.avito.at(Priority.HINT), chat_id)
        except NotFound:
            log.info("worker.hints.unknown_at_avito", extra={"chat": chat_id})
            return "unknown"
        except AvitoError as error:
            log.warning("worker.hints.later", extra={"chat": chat_id, "reason": str(error)})
            await self.ask_early()
            return "left_to_sweep"
        if done.unenriched:
            await jobs.enqueue(self.work.redis, jobs.ENRICH_CHAT, self.work.account_id, chat_id)
        log.info("worker.hints.looked_up", extra={"chat": chat_id, "new": done.new})
        return "looked_up"

    async def _are_known(self, chat_id: str, hints: list[UnverifiedWebhook]) -> bool:
        """Tell whether operators see all of it already: then nothing need be asked."""
        if any(hint.deleted for hint in hints):
            return False
        ids = [hint.message_id for hint in hints]
        held = await self._run("HMGET", keys.messages(self.work.account_id, chat_id), *ids)
        return all(value is not None for value in held)

    async def _remember(self, names: list[str], now: float) -> None:
        """A hint proves that Avito posted: its message is not missed."""
        if not names:
            return
        async with self.work.redis.pipeline(transaction=False) as pipe:
            pipe.zadd(keys.hinted(self.work.account_id), dict.fromkeys(names, now))
            pipe.zremrangebyrank(keys.hinted(self.work.account_id), 0, -REMEMBERED - 1)
            pipe.zrem(keys.unproved(self.work.account_id), *names)
            await pipe.execute()

    async def _let_go(self, entries: list[bytes]) -> None:
        async with self.work.redis.pipeline(transaction=True) as pipe:
            pipe.execute_command("XACK", keys.HINTS, keys.INBOX_GROUP, *entries)
            pipe.execute_command("XDEL", keys.HINTS, *entries)
            await pipe.execute()

    async def _read(self, place: bytes) -> list[Entry]:
        block = ("BLOCK", BLOCK_MS) if place == _AFTER_WHAT_IS_OURS else ()
        try:
            reply = await self._run(
                *("XREADGROUP", "GROUP", keys.INBOX_GROUP, CONSUMER, "COUNT", BATCH, *block),
                *("STREAMS", keys.HINTS, place),
            )
        except ResponseError as error:
            if not any(word in str(error) for word in ("NOGROUP", "UNBLOCKED")):
                raise
            await self._make_group()
            return []
        return list(reply[0][1]) if reply else []

    async def _make_group(self) -> None:
        try:
            await self._run("XGROUP", "CREATE", keys.HINTS, keys.INBOX_GROUP, "0", "MKSTREAM")
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _run(self, *command: Any) -> Any:
        return await self.work.redis.execute_command(*command)
