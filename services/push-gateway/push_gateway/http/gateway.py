"""Puts the parts together and keeps what must happen now and then happening."""

import asyncio
import logging
import random
import secrets
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from redis.asyncio import ConnectionPool, Redis
from redis.exceptions import RedisError
from starlette.requests import Request

from push_gateway.auth import operators
from push_gateway.auth.access import Caller
from push_gateway.auth.authentication import Authenticator, RateLimiters
from push_gateway.auth.limiters import ConnectionLimiter
from push_gateway.auth.operators import Passwords
from push_gateway.auth.sessions import Sessions
from push_gateway.auth.tokens import Tokens
from push_gateway.chats.opened import Opened
from push_gateway.chats.search.search import ChatSearch
from push_gateway.features.presence.channel import PresenceChannel
from push_gateway.http.metrics import Metrics
from push_gateway.pages.status import CachedStatus
from push_gateway.settings import Settings
from push_gateway.ws import journal
from push_gateway.ws.hub import Hub
from push_gateway.ws.listener import Listener
from push_gateway.ws.protocol import CloseCode
from push_gateway.ws.relay import Client, Relay
from shared.process import heartbeat
from shared.process.heartbeat import beat
from shared.process.shutdown import end
from shared.redis import connection
from shared.redis.read_only import read_on

_REDIS_TIMEOUT = 2.0
_FAREWELL_AT_MOST = 4.0
_FAREWELLS_A_SECOND = 1_000
_FETCHES_AT_ONCE = 8
_OPENINGS_AT_ONCE = 32
_UPLOADS_OF_ONE = 8
_UPLOADS_AT_ONCE = 32
_FETCH_WITHIN = 5.0
_BEAT_EVERY = 2.0
_BEAT_LIVES = 7.0
_LOG = logging.getLogger("push_gateway")


@dataclass(slots=True)
class Gateway:
    """Everything that HTTP handlers and connections share."""

    name: str
    settings: Settings
    loop: asyncio.AbstractEventLoop
    redis: Redis
    metrics: Metrics
    hub: Hub[Client]
    relay: Relay
    sessions: Sessions
    tokens: Tokens
    passwords: Passwords
    door: Authenticator
    signals: PresenceChannel
    finder: ChatSearch
    opened: Opened
    board: CachedStatus
    openings: asyncio.Semaphore
    """Sockets whose session is asked for; the others of a storm wait, so that the loop is free in between."""
    fetches: asyncio.Semaphore
    uploads: ConnectionLimiter
    _number: int = 0

    def next_number(self) -> int:
        """Return a number for a new connection."""
        self._number += 1
        return self._number

    def note_drawn(self, seq: int) -> None:
        """Measure the way to the screen, where it is known when the webhook came."""
        accepted = self.hub.ring.accepted(seq)
        if accepted is not None:
            self.metrics.to_screen.observe(max(0.0, time.time() - accepted))

    async def read_journal(self, after: int) -> journal.JournalSlice:
        """Read for one client what the ring no longer holds; few at once, so that a storm waits in line.

        Raises RedisError or TimeoutError.
        """
        async with self.fetches, asyncio.timeout(_FETCH_WITHIN):
            return await journal.read(self.redis, after)

    def farewell_delay(self) -> float:
        """Return how long a connection waits before it is closed when the gateway ends."""
        spread = min(_FAREWELL_AT_MOST, 0.2 + len(self.relay.clients) / _FAREWELLS_A_SECOND)
        return random.uniform(0.0, spread)  # noqa: S311 - jitter

    async def ready(self) -> dict[str, object]:
        """Say how each part is, for /readyz."""
        try:
            async with asyncio.timeout(_REDIS_TIMEOUT):
                known = await operators.count(self.redis)
        except (RedisError, OSError, TimeoutError):
            return {"ready": False, "redis": "away", "listener": self._listening(), "operators": None}
        return {
            "ready": self.relay.linked and known > 0,
            "redis": "ok",
            "listener": self._listening(),
            "operators": known or "none: nobody can log in, set ADMIN_USERNAME and ADMIN_PASSWORD",
            "clients": len(self.relay.clients),
        }

    def _listening(self) -> str:
        return "live" if self.relay.linked else "catching up"

    async def add_first_operator(self) -> None:
        """Make sure that somebody can log in. Raises RedisError."""
        settings = self.settings
        if await operators.count(self.redis):
            return
        if not settings.admin_username:
            _LOG.error(
                "push_gateway.no_operator",
                extra={"way_out": "set ADMIN_USERNAME and ADMIN_PASSWORD, restart"},
            )
            return
        owner = await asyncio.to_thread(
            operators.make, settings.admin_username, settings.admin_password, "owner", time.time()
        )
        if await operators.add_first(self.redis, owner):
            _LOG.info("push_gateway.first_operator", extra={"operator": owner.name})

    async def tick(self) -> None:
        """End what is dead or stalled."""
        now = self.loop.time()
        for client in list(self.relay.clients):
            client.tick(now)

    async def end_revoked(self) -> None:
        """Close the sockets of sessions and tokens that have ended."""
        here = defaultdict[Caller, list[Client]](list)
        for client in self.relay.clients:
            if client.admitted is not None:
                here[client.admitted.caller].append(client)
        now = time.time()
        over = {caller.digest for caller in here if now > caller.until}
        if here and self.relay.linked:
            over |= await self.sessions.ended({one.digest for one in here if not one.is_program})
            over |= await self.tokens.ended({one.digest for one in here if one.is_program})
        for caller, clients in here.items():
            if caller.digest in over:
                for client in clients:
                    client.close(CloseCode.NO_SESSION, "session ended")

    async def touch_sessions(self) -> None:
        """Keep the sessions of open sockets from idling out."""
        callers = [client.admitted.caller for client in self.relay.clients if client.admitted is not None]
        await self.sessions.touch({caller.digest for caller in callers if not caller.is_program})

    async def renew_presence(self) -> None:
        """Say again what our clients view."""
        signs = (client.sign for client in self.relay.clients)
        self.signals.renew(sign for sign in signs if sign is not None)

    async def fade_presence(self) -> None:
        """Forget what nobody renewed."""
        self.signals.fade()

    async def beat(self) -> None:
        """Say that this gateway lives, and how it does."""
        facts: dict[str, Any] = {
            "clients": len(self.relay.clients),
            "latency_ms": self.relay.latency.quantiles(time.monotonic()),
        }
        await beat(self.redis, "gateway", self.name, facts, _BEAT_LIVES)

    async def beat_on_change(self) -> None:
        """Beat when the number of clients has changed, and every two seconds."""
        told, beaten = -1, 0.0
        while True:
            clients, now = len(self.relay.clients), self.loop.time()
            if clients != told or now - beaten >= _BEAT_EVERY:
                try:
                    await self.beat()
                    told, beaten = clients, now
                except (RedisError, OSError, TimeoutError):
                    beaten = now
            await asyncio.sleep(0.25)


def gateway_in(state: Mapping[str, Any]) -> Gateway:
    """Return the gateway that the lifespan put into the server's state."""
    gateway: Gateway = state["gateway"]
    return gateway


def gateway_of(request: Request) -> Gateway:
    """Return the gateway that a request came to."""
    return gateway_in(request.scope["state"])


@asynccontextmanager
async def open_gateway(settings: Settings, metrics: Metrics) -> AsyncIterator[Gateway]:
    """Run a gateway for the length of the block; it works on while Redis is away."""
    redis, pool = Redis.from_pool(_make_pool(settings)), _make_pool(settings)
    hub: Hub[Client] = Hub()
    relay = Relay(hub, metrics)
    sessions = Sessions(redis, settings.session_secret)
    tokens = Tokens(redis)
    signals = PresenceChannel(redis, relay, time.monotonic)
    gateway = Gateway(
        name=secrets.token_hex(4),
        settings=settings,
        loop=asyncio.get_running_loop(),
        redis=redis,
        metrics=metrics,
        hub=hub,
        relay=relay,
        sessions=sessions,
        tokens=tokens,
        passwords=Passwords(),
        door=Authenticator(settings, sessions, tokens, relay, ConnectionLimiter(), RateLimiters()),
        signals=signals,
        finder=ChatSearch(redis),
        opened=Opened(redis),
        board=CachedStatus(redis),
        openings=asyncio.Semaphore(_OPENINGS_AT_ONCE),
        fetches=asyncio.Semaphore(_FETCHES_AT_ONCE),
        uploads=ConnectionLimiter(per_session=_UPLOADS_OF_ONE, per_address=_UPLOADS_AT_ONCE),
    )
    listener = Listener(
        redis,
        pool=pool,
        relay=relay,
        metrics=metrics,
        on_other=signals.receive,
        on_link=gateway.add_first_operator,
    )
    rounds: list[tuple[float, Callable[[], Awaitable[None]]]] = [
        (3.0, gateway.end_revoked),
        (5.0, gateway.tick),
        (1.0, gateway.fade_presence),
        (25.0, gateway.renew_presence),
        (600.0, gateway.touch_sessions),
    ]
    works = [listener.run(), gateway.beat_on_change(), *(_every(*one) for one in rounds)]
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield gateway
    finally:
        await end(*tasks)
        await _leave(gateway)
        await pool.disconnect()
        await redis.aclose()


def _make_pool(settings: Settings) -> ConnectionPool:
    options = connection.connection_options(timeout=_REDIS_TIMEOUT)
    return read_on(connection.make_pool(settings.redis_url, **options))


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except (RedisError, OSError, TimeoutError) as error:
            _LOG.debug("push_gateway.round_skipped", extra={"error": type(error).__name__})
        except Exception:  # noqa: BLE001 - one bad round must not end all later ones
            _LOG.exception("push_gateway.round_failed")


async def _leave(gateway: Gateway) -> None:
    try:
        async with asyncio.timeout(1.0):
            await gateway.signals.close()
            await heartbeat.deregister(gateway.redis, "gateway", gateway.name)
    except (RedisError, OSError, TimeoutError):
        _LOG.debug("push_gateway.left_silently")
