"""A lease in Redis, renewed by the one process that does some work at a time."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.process.supervise import running, supervise
from shared.redis.lua import scripts

log = logging.getLogger("worker.lease")

_NEVER = -1
"""PTTL of a key that does not expire."""
TTL_S = 4.0
EVERY_S = 1.5
FINISH_S = 2.0
"""How long work may go on after it is cancelled: the lease, no longer renewed, lasts as long."""


class LostLeaseError(Exception):
    """Another process has the lease now; what it read may be newer."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease at `key` for `owner`. That of a dead owner expires after `ttl_s` seconds."""

    redis: Redis
    key: str
    owner: str
    ttl_s: float = TTL_S
    every_s: float = EVERY_S

    async def acquire(self) -> bool:
        """Acquire the lease if it is free, or still ours from before an interruption."""
        acquired = await self.redis.set(self.key, self.owner, nx=True, px=self._ttl_ms)
        if acquired or await self.renew():
            return True
        if await self.redis.pttl(self.key) == _NEVER:  # no process of ours wrote it, and it would stay
            await self.redis.pexpire(self.key, self._ttl_ms)
        return False

    async def renew(self) -> bool:
        """Extend it; False when it is lost."""
        call = scripts.renew_if_same(lease_key=self.key, owner=self.owner, ms=self._ttl_ms)
        return await call.run(self.redis)

    async def release(self) -> None:
        """Release it, if it is still ours."""
        await scripts.drop_if_same(string_key=self.key, seen=self.owner).run(self.redis)

    async def run_while_held(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Wait for the lease, then run `work` until it ends or the lease is lost.

        When cancelled, it releases the lease after `work` has ended, which may take FINISH_S seconds.
        Raises what `work` raises, and RedisError: then the lease may still be ours until it expires.
        """
        while not await self.acquire():  # noqa: ASYNC110 - the event is in Redis
            await asyncio.sleep(self.every_s)
        log.info("worker.lease.taken", extra={"lease": self.key})
        try:
            async with running(work()) as (task,):
                while await self.renew():
                    done, _ = await asyncio.wait({task}, timeout=self.every_s)
                    if done:
                        task.result()
                        return
            log.warning("worker.lease.lost", extra={"lease": self.key})
        finally:
            with suppress(RedisError, OSError):
                await self.release()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[bool]:
        """Hold the lease during a block; yields whether it was acquired. Raises RedisError."""
        if not await self.acquire():
            yield False
            return
        try:
            async with running(supervise(log, "lease", self._keep_renewing)):
                yield True
        finally:
            with suppress(RedisError, OSError):
                await self.release()

    async def _keep_renewing(self) -> None:
        while True:
            await asyncio.sleep(self.every_s)
            await self.renew()

    @property
    def _ttl_ms(self) -> int:
        return int(self.ttl_s * 1000)
