"""Keeps one connection to Redis open for writing, and knows at every moment whether it can be relied on."""

import asyncio
import contextlib
import logging
import time
from typing import Any

from shared.process.foreseen import FORESEEN
from shared.process.redis_trouble import in_words, kind_of
from shared.redis import connection, keys
from shared.redis.master_pool import is_failing_over
from shared.redis.pipelined import NotConfirmedError, PipelinedConnection, Value, open_pipelined

log = logging.getLogger("ingest.redis")

TIMEOUT_S = 0.12
"""How long Redis may take to confirm, before the spool takes over."""
CONNECT_TIMEOUT_S = 1.0


class RedisWriter:
    """Sends commands while Redis is healthy: connected, and its last write was confirmed.

    Any trouble (silence, a lost connection, an error reply) ends that at once; a new connection is healthy
    only after a trial write, so a Redis that is full, read-only or loading is not.
    """

    def __init__(self, url: str, timeout: float = TIMEOUT_S) -> None:
        self.pool = connection.make_pool(url, names_epoch=False, timeout=CONNECT_TIMEOUT_S, retries=0)
        self._timeout = timeout
        self._pipelined = PipelinedConnection(timeout)  # never opened: `run` makes the first that is
        self._away_since: float | None = None
        self._told = set[str]()  # the kinds of trouble
        self.tried = asyncio.Event()  # set after the first attempt to connect, successful or not

    @property
    def healthy(self) -> bool:
        """Whether a command sent now can be expected to be confirmed, and to survive a failover."""
        return self._pipelined.open and not is_failing_over(self.pool)

    @property
    def connected(self) -> bool:
        """Whether a command can be sent at all."""
        return self._pipelined.open

    def send(self, *command: Value) -> asyncio.Future[Any]:
        """Send now. The future, or this call while there is no connection, raises NotConfirmedError."""
        return self._pipelined.send(*command)

    async def run(self) -> None:
        """Connect and stay until the connection closes; `supervise` runs it again, after a backoff."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                self._pipelined = await self._connect()
        except FORESEEN as error:
            self._note_away(error)
            return
        finally:
            self.tried.set()
        self._note_back()
        await self._pipelined.closed.wait()
        self._note_away(NotConfirmedError(self._pipelined.reason))

    async def close(self) -> None:
        """Close the connection; what waits for a reply is given up."""
        self._pipelined.abort("ended")
        with contextlib.suppress(*FORESEEN):
            await self.pool.disconnect()

    def _note_away(self, error: BaseException) -> None:
        """Say so once, and again when something else is to be done about it."""
        if self._away_since is None:
            self._away_since = time.monotonic()
            self._told.clear()
        if (kind := kind_of(error)) not in self._told:
            self._told.add(kind)
            log.warning("ingest.redis.away", extra={"reason": in_words(error)})

    def _note_back(self) -> None:
        if self._away_since is not None:
            away = time.monotonic() - self._away_since
            self._away_since = None
            log.info("ingest.redis.back", extra={"away_s": round(away, 1)})

    async def _connect(self) -> PipelinedConnection:
        pipelined, _ = await open_pipelined(self.pool, self._timeout, strict=True)
        try:
            await pipelined.send(b"SET", keys.TRIAL_WRITE, b"1", b"PX", 1000)
        except BaseException:
            pipelined.abort("not opened")
            raise
        return pipelined
