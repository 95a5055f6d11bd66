"""Work that one process alone does at a time, whichever lives: a renewed lease in Redis."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.process.shutdown import cancel_and_wait
from shared.redis import lua

log = logging.getLogger("worker.lease")

_RENEW = lua.load("renew_if_same")
_DROP = lua.load("drop_if_same")
TTL_S = 4.0
EVERY_S = 1.5
FINISH_S = 2.0
"""So long may work in hand go on when it is to end: the lease, not renewed any more, lasts as long."""


class LostLeaseError(Exception):
    """Another process does this now; what it read may be newer."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease by `key` for `owner`. What a dead owner held is free after `ttl_s` seconds."""

    redis: Redis
    key: str
    owner: str
    ttl_s: float = TTL_S
    every_s: float = EVERY_S

    async def take(self) -> bool:
        """Take the lease if nobody has it; one that is ours from before a break is ours."""
        taken = await self.redis.set(self.key, self.owner, nx=True, px=self._ttl_ms)
        return bool(taken) or await self.renew()

    async def renew(self) -> bool:
        """Hold it for longer; False when it is lost."""
        return bool(await _RENEW.run(self.redis, [self.key], [self.owner, self._ttl_ms]))

    async def release(self) -> None:
        """Give it back, if it is still ours."""
        await _DROP.run(self.redis, [self.key], [self.owner])

    async def hold(self, work: Callable[[], Awaitable[None]]) -> None:
        """Wait for the lease, then run `work` until it ends or the lease is lost.

        Cancelled, it gives the lease back after `work` has ended: that has FINISH_S seconds while it is ours.
        Raises what `work` raises, and RedisError: then the lease may still be ours until it expires.
        """
        while not await self.take():  # noqa: ASYNC110 - the event lies in Redis
            await asyncio.sleep(self.every_s)
        log.info("worker.lease.taken", extra={"lease": self.key})
        task = asyncio.ensure_future(work())
        try:
            while await self.renew():
                done, _ = await asyncio.wait({task}, timeout=self.every_s)
                if done:
                    return task.result()
            log.warning("worker.lease.lost", extra={"lease": self.key})
        finally:
            try:
                await cancel_and_wait(task)
            finally:
                with suppress(RedisError, OSError):
                    await self.release()

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[bool]:
        """Keep the lease for the length of a block; tells whether it is ours at all. Raises RedisError."""
        if not await self.take():
            yield False
            return
        renewing = asyncio.create_task(self._renew_for_ever())
        try:
            yield True
        finally:
            await cancel_and_wait(renewing)
            with suppress(RedisError, OSError):
                await self.release()

    async def _renew_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.every_s)
            with suppress(RedisError, OSError):
                await self.renew()

    @property
    def _ttl_ms(self) -> int:
        return int(self.ttl_s * 1000)
