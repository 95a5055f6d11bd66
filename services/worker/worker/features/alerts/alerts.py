"""Looks how the system is and tells the owner what is new."""

import asyncio
import logging
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis.exceptions import ResponseError

from shared.process.shutdown import see_through
from shared.redis import keys
from shared.redis.lease import FINISH_S
from worker.accounts.context import AccountContext
from worker.features.alerts.causes import Condition, causes, to_forget, to_tell
from worker.features.telegram import NotSentError, Telegram

log = logging.getLogger("worker.notices")

_FACTS = ("mode", "reason_code", "reason", "mode_since", "listed_host", "avito")


@dataclass(frozen=True, slots=True)
class Alerts:
    """One installation's. `disk`: a folder on the disk to watch; `patience_s`: polling so long is told.

    `unnoted`: what was told, and when, while Redis took no note of it.
    """

    account: AccountContext
    telegram: Telegram
    disk: Path
    patience_s: float
    every_s: float
    unnoted: dict[str, float] = field(default_factory=dict)

    async def tell_for_ever(self) -> None:
        """Look again and again. Raises RedisError; call again."""
        while True:
            await self.tell()
            await asyncio.sleep(self.every_s)

    async def tell(self) -> None:
        """Tell each cause once; what Telegram did not take is tried at the next look."""
        now = self.account.clock()
        for cause, at in tuple(self.unnoted.items()):
            await self._note(cause, at)
        found = causes(await self._condition(), now, self.patience_s)
        held: dict[bytes, bytes] = await self._run("HGETALL", keys.TOLD)
        told = {cause.decode(): float(at) for cause, at in held.items()} | self.unnoted
        for cause, text in to_tell(found, told).items():
            try:
                await see_through(self._tell(cause, text, now), FINISH_S)
            except NotSentError as error:
                log.warning("worker.notices.not_sent", extra={"cause": cause, "reason": str(error)})
                return
        forgotten = to_forget(found, told, now)
        for cause in forgotten:
            self.unnoted.pop(cause, None)
        if forgotten:
            await self._run("HDEL", keys.TOLD, *forgotten)

    async def _tell(self, cause: str, text: str, now: float) -> None:
        await self.telegram.send(text)
        log.info("worker.notices.sent", extra={"cause": cause})
        self.unnoted[cause] = now
        await self._note(cause, now)

    async def _note(self, cause: str, at: float) -> None:
        """Write down that a cause was told; what Redis refuses is made up for at the next look."""
        try:
            await self._run("HSET", keys.TOLD, cause, repr(at))
        except ResponseError as error:
            log.warning("worker.notices.not_noted", extra={"cause": cause, "reason": str(error)})
        else:
            del self.unnoted[cause]

    async def _condition(self) -> Condition:
        values = await self._run("HMGET", keys.FACTS, *_FACTS)
        mode, code, reason, since, host, avito = (value.decode() if value else "" for value in values)
        return Condition(
            mode, code, reason, float(since or 0), host, avito, await self._memory(), self._disk()
        )

    async def _memory(self) -> float:
        info: dict[str, Any] = await self.account.redis.info("memory")
        most = int(info.get("maxmemory", 0))
        return int(info.get("used_memory", 0)) / most if most else 0.0

    def _disk(self) -> float:
        """Return how full the disk is; a folder that is not there yet lies where its parent does."""
        folder = next((path for path in (self.disk, *self.disk.parents) if path.exists()), None)
        if folder is None:
            return 0.0
        usage = shutil.disk_usage(folder)
        return usage.used / (usage.used + usage.free) if usage.used + usage.free else 0.0

    async def _run(self, *command: Any) -> Any:
        return await self.account.redis.execute_command(*command)
