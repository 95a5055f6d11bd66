"""Watches the system and alerts the owner of each new cause."""

import asyncio
import logging
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from redis.exceptions import ResponseError

from shared.command_names import named_for_here
from shared.process.shutdown import run_to_completion
from shared.process.stored import read_each, read_or
from shared.redis import keys
from shared.redis.health import ask_info
from shared.redis.lease import FINISH_S
from worker.accounts.context import AccountContext
from worker.features.alerts.causes import Condition, causes, to_forget
from worker.features.telegram import NotSentError, Telegram

log = logging.getLogger("worker.notices")

_FACTS = ("mode", "reason_code", "reason", "mode_since", "listed_host", "avito")


@dataclass(frozen=True, slots=True)
class Alerts:
    """One per account. `disk`: a folder on the disk to watch; `patience_s`: polling that long is alerted.

    `unrecorded`: alerts that were sent, with their time, while Redis refused to record them.
    """

    account: AccountContext
    telegram: Telegram
    disk: Path
    patience_s: float
    every_s: float
    unrecorded: dict[str, float] = field(default_factory=dict)

    async def watch_for_ever(self) -> None:
        """Watch again and again. Raises RedisError; call again."""
        while True:
            await self.look()
            await asyncio.sleep(self.every_s)

    async def look(self) -> None:
        """Alert each new cause once; what Telegram did not take is sent again at the next look."""
        now = self.account.clock()
        for cause, at in tuple(self.unrecorded.items()):
            await self._record(cause, at)
        found = causes(await self._condition(), now, self.patience_s)
        held: dict[bytes, bytes] = await self.account.redis.hgetall(keys.ALERTS_SENT)
        noted = read_each(keys.ALERTS_SENT, held.items(), lambda one: (one[0].decode(), float(one[1])))
        sent = dict(noted) | self.unrecorded
        for cause, text in ((cause, text) for cause, text in found.items() if cause not in sent):
            try:
                await run_to_completion(self._send(cause, text, now), FINISH_S)
            except NotSentError as error:
                log.warning("worker.notices.not_sent", extra={"cause": cause, "reason": str(error)})
                return
        forgotten = to_forget(found, sent, now)
        for cause in forgotten:
            self.unrecorded.pop(cause, None)
        if forgotten:
            await self.account.redis.hdel(keys.ALERTS_SENT, *forgotten)

    async def _send(self, cause: str, text: str, now: float) -> None:
        await self.telegram.send(named_for_here(text))
        log.info("worker.notices.sent", extra={"cause": cause})
        self.unrecorded[cause] = now
        await self._record(cause, now)

    async def _record(self, cause: str, at: float) -> None:
        """Record that an alert was sent; what Redis refuses is recorded at the next look."""
        try:
            await self.account.redis.hset(keys.ALERTS_SENT, cause, repr(at))
        except ResponseError as error:
            log.warning("worker.notices.not_noted", extra={"cause": cause, "reason": str(error)})
        else:
            del self.unrecorded[cause]

    async def _condition(self) -> Condition:
        values = await self.account.redis.hmget(keys.FACTS, [*_FACTS])
        texts = [value.decode(errors="replace") if value else "" for value in values]
        mode, code, reason, since, host, avito = texts
        began = read_or(keys.FACTS, since or None, float, 0.0)
        return Condition(mode, code, reason, began, host, avito, await self._memory(), self._disk())

    async def _memory(self) -> float:
        info = await ask_info(self.account.redis, "memory")
        most = int(info.get("maxmemory", 0))
        return int(info.get("used_memory", 0)) / most if most else 0.0

    def _disk(self) -> float:
        """Return how full the disk is, 0 to 1; for a folder that is not there yet, its parent's disk."""
        folder = next((path for path in (self.disk, *self.disk.parents) if path.exists()), None)
        if folder is None:
            return 0.0
        usage = shutil.disk_usage(folder)
        return usage.used / (usage.used + usage.free) if usage.used + usage.free else 0.0
