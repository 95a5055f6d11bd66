"""Listens to published events and keeps the gateway's position in the journal.

Every two seconds a probe that carries the journal's head is published on the same channel. When nothing
comes back for five seconds the subscription is deaf and is replaced. When a probe or the worker's canary
names a head beyond our position, or a number is skipped, the gap is read from the journal. When our newest
number comes again with another event, the data were set back, which needs a new epoch.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha1
from typing import Any

import orjson
from redis.asyncio import ConnectionPool, Redis

from push_gateway.http.metrics import Metrics
from push_gateway.ws.facts import FactsReader
from push_gateway.ws.hub import Continuity
from push_gateway.ws.relay import Relay
from shared.process.shutdown import run_together
from shared.redis import journal as events
from shared.redis import keys
from shared.redis.journal import JournalPosition, Publication
from shared.redis.journal_reader import head, read_after
from shared.redis.lua.scripts import OpenEpochReply
from shared.redis.pipelined import NotConfirmedError, PipelinedConnection, open_pipelined

PROBE_EVERY = 2.0
DEAF_AFTER = 5.0
CONNECT_WITHIN = 5.0
MOST_WAITING = 5_000
"""Publications that wait while a gap is read; more of them are a gap themselves, which is read next."""
_LOG = logging.getLogger("push_gateway.listener")


class DeafError(TimeoutError):
    """Nothing was heard on the subscription for too long."""


class Listener:
    """Hears what Redis publishes and relays it.

    `on_other` take parsed events that only gateways exchange; `on_link` is awaited at each new link. `tried`
    is set once the first link stands, or has failed.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        pool: ConnectionPool,
        relay: Relay,
        facts: FactsReader,
        metrics: Metrics,
        on_other: Sequence[Callable[[dict[str, Any]], None]],
        on_link: Callable[[], Awaitable[None]],
    ) -> None:
        self._redis = redis
        self._pool = pool
        self._relay = relay
        self._facts = facts
        self._metrics = metrics
        self._on_other = on_other
        self._on_link = on_link
        self.tried = asyncio.Event()
        self._waiting: deque[bytes] = deque()
        self._arrived = asyncio.Event()
        self._heard_at = 0.0
        self._live = False
        self._event = b""  # at the hub's position; empty: not known
        self._replaced = OpenEpochReply("", 0, "")

    def newest(self) -> OpenEpochReply:
        """Return the newest event that was relayed, or the one in whose place another has come since."""
        position = self._relay.hub.position
        if self._replaced.epoch == position.epoch:
            return self._replaced
        digest = sha1(self._event, usedforsecurity=False).hexdigest() if self._event else ""
        return OpenEpochReply(position.epoch, position.seq, digest)

    async def listen(self) -> None:
        """Listen until the subscription ends; call again to replace it and read the gap.

        Raises RedisError, OSError, DeafError.
        """
        self._waiting.clear()
        try:
            await self._follow()
        finally:
            was_live, self._live = self._live, False
            self.tried.set()
            self._relay.link_lost()
            if was_live:
                self._metrics.relinks.inc()

    async def _follow(self) -> None:
        async with asyncio.timeout(CONNECT_WITHIN):
            subscription, _ = await open_pipelined(self._pool, CONNECT_WITHIN, on_push=self._hear)
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await subscription.send("SUBSCRIBE", keys.EVENTS)
                with suppress(ValueError):  # the loop that reads them says so
                    await self._facts.read()
                await self._read_gap()
                await self._on_link()
            self._heard_at = time.monotonic()
            self._live = True
            self._relay.link_back()
            self.tried.set()
            _LOG.info("push_gateway.listener.linked", extra={"seq": self._relay.hub.position.seq})
            await run_together(self._drain(), self._watch(subscription), self._probe())
        finally:
            subscription.abort("closed")

    def _hear(self, reply: list[bytes]) -> None:
        """Relay the next event of the journal at once; queue everything else."""
        self._heard_at = time.monotonic()
        if self._live and not self._waiting and self._take_next(reply[2]):
            return
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(reply[2])
        self._arrived.set()

    def _take_next(self, data: bytes) -> bool:
        """Relay the event that follows our position; False when it is another one."""
        try:
            publication = events.read(data)
            if publication.seq is None or self._relay.hub.classify(publication) is not Continuity.NEXT:
                return False
            self._publish(publication.seq, publication.event, publication.accepted)
        except ValueError:
            return False
        return True

    async def _drain(self) -> None:
        while True:
            while self._waiting:
                await self._take(self._waiting[0])
                self._waiting.popleft()  # only now: later events must not overtake it
            self._arrived.clear()
            await self._arrived.wait()

    async def _watch(self, subscription: PipelinedConnection) -> None:
        """Raise when the subscription has ended or nothing was heard for too long."""
        while (silent := time.monotonic() - self._heard_at) < DEAF_AFTER:
            with suppress(TimeoutError):
                async with asyncio.timeout(DEAF_AFTER - silent):
                    await subscription.closed.wait()
                    raise NotConfirmedError(subscription.reason)
        raise DeafError(f"nothing heard for {DEAF_AFTER:g} s")

    async def _probe(self) -> None:
        while True:
            await asyncio.sleep(PROBE_EVERY)
            newest = await head(self._redis)
            probe = orjson.dumps({"type": "probe", "seq": newest.seq})
            published = Publication(newest.epoch, None, None, probe)
            await self._redis.publish(keys.EVENTS, events.write(published))

    async def _take(self, data: bytes) -> None:
        try:
            publication = events.read(data)
            other = None if publication.seq is not None else orjson.loads(publication.event)
        except ValueError:
            _LOG.warning("push_gateway.listener.garbage", extra={"bytes": len(data)})
            return
        if other is not None:
            await self._take_other(publication, other)
            return
        if self._is_other(publication):
            self._replaced = self.newest()
        if self._relay.hub.classify(publication) in (Continuity.GAP, Continuity.OTHER_EPOCH):
            await self._read_gap()
        if publication.seq is not None and self._relay.hub.classify(publication) is Continuity.NEXT:
            try:
                self._publish(publication.seq, publication.event, publication.accepted)
            except ValueError:
                _LOG.warning("push_gateway.listener.garbage", extra={"bytes": len(data)})
                await self._read_gap()  # the journal has the event of this number, if there is one

    def _is_other(self, publication: Publication) -> bool:
        """Tell whether this has the number of our newest event and is another."""
        here = JournalPosition(publication.epoch, publication.seq or 0) == self._relay.hub.position
        return here and self._event not in (b"", publication.event)

    async def _take_other(self, publication: Publication, event: Any) -> None:
        """Canary and probe name the journal's head: everything up to it must have arrived by now."""
        if not isinstance(event, dict):
            return
        kind, seq = event.get("type"), event.get("seq")
        if kind in ("canary", "probe") and isinstance(seq, int):
            position = self._relay.hub.position
            if publication.epoch != position.epoch or seq > position.seq:
                await self._read_gap()
        if kind == "canary":
            self._relay.broadcast(publication.event)
        elif kind != "probe":
            for take_event in self._on_other:
                take_event(event)

    def _publish(self, seq: int, event: bytes, accepted: float | None) -> None:
        """Relay the next event. Raises ValueError, before anything is relayed, for what is no JSON object."""
        told = orjson.loads(event)
        if not isinstance(told, dict):
            raise ValueError("not an event")  # noqa: TRY004 - callers know one error of unreadable events
        if told.get("type") == "mode":
            mode = told.get("mode", "webhook")
            reason, code, detail = (told.get(name) or None for name in ("reason", "code", "detail"))
            self._relay.note(replace(self._relay.facts, mode=mode, reason=reason, code=code, detail=detail))
        self._relay.publish(seq, event, accepted)
        self._event = event

    async def _read_gap(self) -> None:
        """Bring the hub to the journal's head; if events are missing or unreadable, restart it there."""
        begun, more = self._relay.hub.position, True
        while more:
            part = await read_after(self._redis, self._relay.hub.position)
            if part.gap:
                self._restart(part.newest)
                await self._on_link()  # the data may be others
                return
            if part.events and part.after == begun.seq:
                self._metrics.gaps.inc()
            try:
                for seq, event in enumerate(part.events, part.after + 1):
                    self._publish(seq, event, None)
            except ValueError as error:
                _LOG.warning("push_gateway.listener.unreadable_event", extra={"error": str(error)})
                self._restart(part.newest)
                return
            self._metrics.gap_events.inc(len(part.events))
            more = part.more

    def _restart(self, position: JournalPosition) -> None:
        self._event = b""
        self._relay.restart(position)
