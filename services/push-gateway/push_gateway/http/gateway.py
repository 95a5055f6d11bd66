"""What all HTTP handlers share, and the heartbeat that tells of it."""

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.requests import Request

from push_gateway.auth import operators
from push_gateway.auth.authentication import Authenticator
from push_gateway.auth.passwords import Passwords
from push_gateway.auth.sessions import Sessions
from push_gateway.auth.tokens import Tokens
from push_gateway.http.body_room import BodyRoom
from push_gateway.http.metrics import Metrics
from push_gateway.ws.relay import Relay
from shared.http.room import Room
from shared.process.foreseen import FORESEEN, is_foreseen
from shared.process.vitals import process_facts
from shared.timing.rate_limiter import RateLimiters
from shared.wires import heartbeat

REDIS_TIMEOUT_S = 2.0
UPLOADS_OF_ONE = 8
_UPLOADS_OF_ALL = 32
_NOTES_PER_S = 5.0
_NOTES_AT_ONCE = 300
_REPLIES_PER_S = 3.0
_REPLIES_AT_ONCE = 200
_BEAT_EVERY_S = 2.0
_BEAT_LIVES_S = 7.0


@dataclass(frozen=True, slots=True)
class Gateway:
    """`name` is this gateway's among all of them.

    `files`: where uploaded files are read, so that neither the event loop nor a login waits for them. One
    thread: more would not be faster, and each would take the event loop's turns.
    `uploads`: pictures that come in at once, since each takes up to 24 MB of disk.
    `note_rates`, `reply_rates`: how fast an operator may write notes and replies.
    """

    name: str
    redis: Redis
    metrics: Metrics
    sessions: Sessions
    tokens: Tokens
    authenticator: Authenticator
    relay: Relay
    passwords: Passwords = field(default_factory=Passwords)
    bodies: BodyRoom = field(default_factory=BodyRoom)
    files: Executor = field(default_factory=lambda: ThreadPoolExecutor(1, "files"))
    uploads: Room = field(default_factory=lambda: Room(UPLOADS_OF_ONE, _UPLOADS_OF_ALL))
    note_rates: RateLimiters = field(
        default_factory=lambda: RateLimiters(per_second=_NOTES_PER_S, burst=_NOTES_AT_ONCE)
    )
    reply_rates: RateLimiters = field(
        default_factory=lambda: RateLimiters(per_second=_REPLIES_PER_S, burst=_REPLIES_AT_ONCE)
    )

    async def ready(self) -> dict[str, object]:
        """Return how each part is, for /readyz."""
        listener = "live" if self.relay.linked else "catching up"
        try:
            async with asyncio.timeout(REDIS_TIMEOUT_S):
                known = await operators.count(self.redis)
        except (RedisError, OSError, TimeoutError):
            return {"ready": False, "redis": "away", "listener": listener, "operators": None}
        return {
            "ready": self.relay.linked and known > 0,
            "redis": "ok",
            "listener": listener,
            "operators": known or "none: set ADMIN_USERNAME and ADMIN_PASSWORD and restart",
            "clients": len(self.relay.clients),
        }

    async def keep_beating(self) -> None:
        """Send a heartbeat when the number of clients has changed, and every two seconds."""
        told, beaten = -1, float("-inf")
        while True:
            clients, now = len(self.relay.clients), time.monotonic()
            if clients != told or now - beaten >= _BEAT_EVERY_S:
                try:
                    await self._beat()
                    told, beaten = clients, now
                except FORESEEN as error:
                    if not is_foreseen(error):
                        raise
                    beaten = now
            await asyncio.sleep(0.25)

    async def _beat(self) -> None:
        facts = process_facts() | {
            "clients": len(self.relay.clients),
            "latency_ms": self.relay.latency.quantiles(time.monotonic()),
        }
        await heartbeat.beat(self.redis, "gateway", self.name, facts, _BEAT_LIVES_S)


def gateway_in(state: Mapping[str, Any]) -> Gateway:
    """Return the gateway that the lifespan put into the server's state."""
    gateway: Gateway = state["gateway"]
    return gateway


def gateway_of(request: Request) -> Gateway:
    """Return the gateway that a request came to."""
    return gateway_in(request.scope["state"])
