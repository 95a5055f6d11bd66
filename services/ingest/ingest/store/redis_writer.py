"""Keeps one connection to Redis open for writing, and knows at every moment whether it can be relied on."""

import asyncio
import contextlib
import logging
import random
import time
from typing import Any

from redis.exceptions import RedisError

from shared.redis import connection, keys
from shared.redis.master_pool import is_failing_over
from shared.redis.pipelined import PipelinedConnection, Value, open_pipelined

log = logging.getLogger("ingest.redis")

PATIENCE_S = 0.12
"""How long Redis may take to confirm, before the spool takes over."""
OPENING_S = 1.0
SETTLED_S = 5.0
"""A connection that was good for this long is opened again without a longer pause."""


class RedisWriter:
    """Sends commands while Redis is good: connected, and its last write was confirmed.

    Any trouble (silence, a lost connection, an error reply) ends that at once; a new connection is good
    only after a trial write, so that a Redis that is full, read-only or loading is not good either.
    """

    def __init__(self, url: str, patience: float = PATIENCE_S) -> None:
        self._pool = connection.make_pool(url)
        self._patience = patience
        self._wire = PipelinedConnection(patience)  # never opened: the first to hold is made by `keep`
        self._away_since: float | None = None
        self.tried = asyncio.Event()  # set after the first try to connect, whatever came of it

    @property
    def good(self) -> bool:
        """Whether a command sent now can be expected to be confirmed, and to be there after a failover."""
        return self._wire.open and not is_failing_over(self._pool)

    @property
    def reachable(self) -> bool:
        """Whether a command can be sent at all."""
        return self._wire.open

    def send(self, *command: Value) -> asyncio.Future[Any]:
        """Send now. The future, or this call while Redis is not good, raises NotConfirmedError."""
        return self._wire.send(*command)

    async def keep(self) -> None:
        """Connect, and connect again after each trouble, until cancelled."""
        tries = 0
        try:
            while True:
                if await self._live() > SETTLED_S:
                    tries = 0
                await asyncio.sleep(pause(tries, random.random()))  # noqa: S311  # jitter
                tries += 1
        finally:
            await self._close()

    async def _live(self) -> float:
        """Connect and wait for the end of that; returns for how many seconds it was good."""
        try:
            async with asyncio.timeout(OPENING_S):
                wire = await self._connect()
        except (OSError, RedisError, TimeoutError) as error:
            self._note_away(str(error) or type(error).__name__)
            return 0.0
        finally:
            self.tried.set()
        self._wire = wire
        self._note_back()
        began = time.monotonic()
        await wire.closed.wait()
        self._note_away(wire.reason)
        return time.monotonic() - began

    def _note_away(self, reason: str) -> None:
        if self._away_since is None:
            self._away_since = time.monotonic()
            log.warning("ingest.redis.away", extra={"reason": reason})

    def _note_back(self) -> None:
        if self._away_since is not None:
            away = time.monotonic() - self._away_since
            self._away_since = None
            log.info("ingest.redis.back", extra={"away_s": round(away, 1)})

    async def _connect(self) -> PipelinedConnection:
        wire, _ = await open_pipelined(self._pool, self._patience, strict=True)
        try:
            await wire.send(b"SET", keys.TRIAL_WRITE, b"1", b"PX", 1000)
        except BaseException:
            wire.cut("not opened")
            raise
        return wire

    async def _close(self) -> None:
        self._wire.cut("ended")
        with contextlib.suppress(RedisError, OSError):
            await self._pool.disconnect()


def pause(tries: int, chance: float) -> float:
    """Return the seconds before the next try: doubling up to one second; `chance` (0..1) spreads them."""
    return min(1.0, 0.02 * 2.0 ** min(tries, 10)) * (0.5 + chance / 2)
