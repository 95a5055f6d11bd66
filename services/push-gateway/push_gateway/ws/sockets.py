"""What all WebSocket connections of a gateway share, and what is done for all of them at intervals."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from redis.asyncio import Redis

from push_gateway.auth.access import Caller, SocketRefusal
from push_gateway.auth.authentication import Authenticator
from push_gateway.http.metrics import Metrics
from push_gateway.ws.handshake_limiter import HandshakeLimiter
from push_gateway.ws.hooks import PeriodicTask, SocketHooks
from push_gateway.ws.protocol import CloseCode
from push_gateway.ws.relay import Client, Relay
from push_gateway.ws.socket_limiter import SocketLimiter
from shared.http.read_queue import ReadQueue
from shared.redis.journal import JournalPosition, JournalSlice
from shared.redis.journal_reader import read_after
from shared.timing.rate_limiter import RateLimiters

_READ_AT_ONCE = 16 * 1024
_READS_AT_ONCE = 8
_READ_WITHIN_S = 5.0
_LOGGED_A_MINUTE = 10
_FAREWELL_AT_MOST_S = 4.0
_FAREWELLS_A_SECOND = 1_000


class Sockets:
    """`gateway` is this gateway's name among all of them."""

    def __init__(
        self,
        gateway: str,
        redis: Redis,
        authenticator: Authenticator,
        *,
        relay: Relay,
        metrics: Metrics,
        features: Sequence[SocketHooks],
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.authenticator = authenticator
        self.relay = relay
        self.metrics = metrics
        self.features = features
        self.takers = {kind: feature for feature in features for kind in feature.frame_types}
        """The feature of each type of frame that features take."""
        self.handshakes = HandshakeLimiter()
        self.limiter = SocketLimiter()
        self.read_queue = ReadQueue()
        self.buffer = memoryview(bytearray(_READ_AT_ONCE))
        """Where each connection reads."""
        self._refusals_logged = RateLimiters(_LOGGED_A_MINUTE / 60, _LOGGED_A_MINUTE)
        self._redis = redis
        self._reads = asyncio.Semaphore(_READS_AT_ONCE)
        self._gateway = gateway
        self._numbers = count(1)

    def next_id(self) -> str:
        """Return an id for a new connection."""
        return f"{self._gateway}:{next(self._numbers)}"

    async def read_journal(self, after: JournalPosition) -> JournalSlice:
        """Read for one client what the hub no longer holds; few at once, so that a storm queues up.

        Raises RedisError or TimeoutError.
        """
        async with self._reads, asyncio.timeout(_READ_WITHIN_S):
            return await read_after(self._redis, after)

    def note_drawn(self, seq: int) -> None:
        """Measure the way to the screen, where it is known when the webhook came."""
        accepted = self.relay.hub.ring.accepted(seq)
        if accepted is not None:
            self.metrics.to_screen.observe(max(0.0, time.time() - accepted))

    def may_log(self, reason: SocketRefusal) -> bool:
        """Whether this refusal may be logged: strangers can cause any number."""
        return not self._refusals_logged.take(reason, self.loop.time())

    def farewell_delay(self) -> float:
        """Return how long a connection waits before it is closed when the gateway ends."""
        spread = min(_FAREWELL_AT_MOST_S, 0.2 + len(self.relay.clients) / _FAREWELLS_A_SECOND)
        return random.uniform(0.0, spread)  # noqa: S311 - jitter

    def periodic(self) -> list[PeriodicTask]:
        """Return what is to be run as long as the gateway does."""
        return [
            PeriodicTask("revocations", 3.0, self._end_revoked),
            PeriodicTask("ticks", 5.0, self._tick),
            PeriodicTask("sessions", 600.0, self._touch_sessions),
            *(task for feature in self.features for task in feature.periodic()),
        ]

    async def _tick(self) -> None:
        """Close connections that are dead or stalled."""
        now = self.loop.time()
        for client in list(self.relay.clients):
            client.tick(now)

    async def _end_revoked(self) -> None:
        """Close the connections of sessions and tokens that have ended."""
        here = defaultdict[Caller, list[Client]](list)
        for client in self.relay.clients:
            here[client.admitted.caller].append(client)
        now = time.time()
        over = {caller.digest for caller in here if now > caller.until}
        if here and self.relay.linked:
            auth = self.authenticator
            over |= await auth.sessions.ended({one.digest for one in here if not one.is_program})
            over |= await auth.tokens.ended({one.digest for one in here if one.is_program})
        for caller, clients in here.items():
            if caller.digest in over:
                for client in clients:
                    client.close(CloseCode.NO_SESSION, "session ended")

    async def _touch_sessions(self) -> None:
        """Keep the sessions of open connections from idling out."""
        callers = {client.admitted.caller for client in self.relay.clients}
        digests = {caller.digest for caller in callers if not caller.is_program}
        await self.authenticator.sessions.touch(digests)


def sockets_in(state: Mapping[str, Any]) -> Sockets:
    """Return the sockets that the lifespan put into the server's state."""
    sockets: Sockets = state["sockets"]
    return sockets
