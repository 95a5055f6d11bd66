"""Connections to the master that the Sentinels name, and to no other Redis.

A master that is replaced by a planned failover goes on for ten seconds, and confirms writes that are lost
when it becomes a replica (docs/adr/0020-a-planned-failover-loses-nothing-accepted.md).
"""

import asyncio
import logging
from functools import partial
from typing import Any

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.sentinel import SentinelConnectionPool
from typing_extensions import override

from shared.process.shutdown import cancel_and_wait, run_together
from shared.process.supervise import background, supervise
from shared.redis.sentinels import HostPort, Sentinels, SentinelView
from shared.redis.tracked_pool import REPLACED, Abortable, TrackedPool

_LOG = logging.getLogger("shared.sentinels")
_LOG.addHandler(logging.NullHandler())  # a command that configures no log shows none

ASK_EVERY_S = 1.0


class OneMasterPool(TrackedPool, SentinelConnectionPool):
    """Closes every connection to a master that was replaced, also those in use.

    From the first connection on it listens to every Sentinel, until it is disconnected. `term` grows with
    each new master; `failing`: a failover has begun, and a write made now may be lost.
    """

    master_address: HostPort | None
    sentinel_manager: Sentinels

    def __init__(self, master: str, sentinels: Sentinels, **options: Any) -> None:
        super().__init__(master, sentinels, **options)
        self.term = 0
        self.failing = False
        self._following: asyncio.Task[None] | None = None

    @override
    async def get_master_address(self) -> HostPort:
        """Ask where the master is. Raises MasterNotFoundError."""
        if self._following is not None and (view := self.sentinel_manager.view) and not view.down:
            return view.master
        address: HostPort = await self.sentinel_manager.discover_master(self.service_name)
        if self._following is None and isinstance(self.sentinel_manager, Sentinels):
            self._following = self._follow_all(self.sentinel_manager)
        self._adopt(address)
        return address

    @override
    async def release(self, connection: AbstractConnection) -> None:
        """Take a connection back."""
        if is_stale(self, connection):
            await connection.disconnect(nowait=True)
        await super().release(connection)

    @override
    async def disconnect(self, inuse_connections: bool = True) -> None:
        """Close connections; with those in use also the ones to the Sentinels, which redis-py leaves open."""
        if not inuse_connections:
            await super().disconnect(inuse_connections)
            return
        following, self._following = self._following, None
        sentinels = self.sentinel_manager.sentinels
        try:
            if following is not None:
                await cancel_and_wait(following)
        finally:  # also when the caller is cancelled, or one of them ends badly
            try:
                await super().disconnect(inuse_connections)
            finally:
                await asyncio.gather(*(sentinel.aclose() for sentinel in sentinels), return_exceptions=True)

    @override
    def track(self, pipelined: Abortable, connection: AbstractConnection) -> None:
        super().track(pipelined, connection)
        if is_stale(self, connection):
            pipelined.abort(REPLACED)

    async def refresh(self) -> SentinelView | None:
        """Ask the Sentinels now; None when none answers."""
        return self._accept(await self.sentinel_manager.refresh())

    def _follow_all(self, sentinels: Sentinels) -> asyncio.Task[None]:
        loops = (partial(self._follow, sentinels, sentinel) for sentinel in sentinels.sentinels)
        return background(
            _LOG, "sentinels", run_together(*(supervise(_LOG, "sentinel", one) for one in loops))
        )

    async def _follow(self, sentinels: Sentinels, sentinel: Redis) -> None:
        """Ask one Sentinel whenever it publishes something, and once a second. Raises RedisError, OSError."""
        try:
            async with sentinel.pubsub() as published:
                await published.psubscribe("*")
                while True:
                    await sentinels.ask(sentinel)
                    self._accept(sentinels.view)
                    await published.get_message(timeout=ASK_EVERY_S)
        except Exception:
            self._accept(sentinels.view)
            raise

    def _accept(self, view: SentinelView | None) -> SentinelView | None:
        self.failing = view is not None and view.failing
        if view is not None:
            self._adopt(view.master)
        return view

    def _adopt(self, master: HostPort) -> None:
        before, self.master_address = self.master_address, master
        if before in (None, master):
            return
        self.term += 1
        self.let_go(partial(is_stale, self))


def is_stale(pool: ConnectionPool, connection: AbstractConnection) -> bool:
    """Tell whether a connection leads to a master that another one has replaced."""
    master = getattr(pool, "master_address", None)  # of a Sentinel pool, once it has asked
    here = (getattr(connection, "host", None), getattr(connection, "port", None))
    return master is not None and here != master


def is_failing_over(pool: ConnectionPool) -> bool:
    """Tell whether a failover has begun, so that a write made now may be lost."""
    return isinstance(pool, OneMasterPool) and pool.failing
