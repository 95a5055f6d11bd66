"""Puts the gateway together: its parts, its background tasks, the routes of core and features."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, TypedDict

from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from push_gateway import replies
from push_gateway.auth import operators
from push_gateway.auth.authentication import Authenticator
from push_gateway.auth.sessions import Sessions
from push_gateway.auth.tokens import Tokens
from push_gateway.chats import actions, assignment_routes, events, lists, threads
from push_gateway.chats.search.search import ChatSearch
from push_gateway.chats.threads import ThreadPart, ThreadRefresher
from push_gateway.features import listed
from push_gateway.http import error_handlers
from push_gateway.http.errors import ApiError
from push_gateway.http.failover_guard import FailoverGuard
from push_gateway.http.gateway import REDIS_TIMEOUT_S, Gateway
from push_gateway.http.metrics import Metrics
from push_gateway.http.request_bounds import RequestBounds
from push_gateway.pages import login, owner, panel, status
from push_gateway.settings import Settings
from push_gateway.ws.facts import EVERY_S as FACTS_EVERY_S
from push_gateway.ws.facts import FactsReader
from push_gateway.ws.hooks import SocketHooks
from push_gateway.ws.hub import Hub
from push_gateway.ws.listener import Listener
from push_gateway.ws.relay import Relay
from push_gateway.ws.sockets import Sockets
from shared.http.health import health_routes
from shared.process.lifecycle import notify_when_ready
from shared.process.supervise import Loop, repeat, running, supervise
from shared.process.tune_gc import tune_gc
from shared.redis import connection, layout
from shared.redis.epoch_watch import EpochWatch
from shared.redis.idle_connections import close_idle
from shared.redis.read_only import allow_reads
from shared.redis.server_watch import EVERY_S as WATCH_EVERY_S
from shared.redis.tracked_pool import TrackedPool
from shared.status_cache import StatusCache
from shared.wires import heartbeat

_LOG = logging.getLogger("push_gateway")
_ROUTES = (
    *panel.ROUTES,
    *status.ROUTES,
    *login.ROUTES,
    *lists.ROUTES,
    *threads.ROUTES,
    *events.ROUTES,
    *replies.ROUTES,
    *actions.ROUTES,
    *assignment_routes.ROUTES,
    *owner.ROUTES,
)


class AppState(TypedDict):
    """What handlers and connections find in the server's state."""

    gateway: Gateway
    sockets: Sockets
    search: ChatSearch
    refresher: ThreadRefresher
    thread_parts: Mapping[str, ThreadPart]
    status: StatusCache


def create_app(settings: Settings) -> Starlette:
    """Return the app; it runs a gateway for the length of its lifespan."""
    metrics = Metrics()
    running: list[Gateway] = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[AppState]:
        async with open_gateway(settings, metrics) as state:
            running.append(state["gateway"])
            tune_gc()
            yield state

    def ready() -> Awaitable[Mapping[str, object]]:
        return running[-1].ready()

    async def on_refusal(request: Request, error: Any) -> Response:
        metrics.refusals.labels(error.code).inc()
        return error_handlers.error_response(error)

    app = Starlette(
        routes=[
            *health_routes(ready, metrics.registry),
            *_ROUTES,
            *(route for feature in listed.FEATURES for route in feature.routes),
        ],
        middleware=[Middleware(RequestBounds), Middleware(FailoverGuard)],
        exception_handlers={
            ApiError: on_refusal,
            HTTPException: error_handlers.on_http_error,
            ClientDisconnect: error_handlers.on_left,
            RedisError: error_handlers.on_redis_away,
            OSError: error_handlers.on_redis_away,
            Exception: error_handlers.on_fault,
        },
        lifespan=lifespan,
    )
    # The router would redirect with the scheme of the request, which a proxy in front has changed.
    app.router.redirect_slashes = False
    return app


@asynccontextmanager
async def open_gateway(settings: Settings, metrics: Metrics) -> AsyncIterator[AppState]:
    """Run a gateway for the length of the block; it goes on while Redis is away.

    Where Redis is there, the block begins when live events are heard and an operator can log in.
    """
    redis, pool = Redis.from_pool(_make_pool(settings)), _make_pool(settings)
    relay = Relay(Hub(), metrics)
    sessions, tokens = Sessions(redis, settings.session_secret), Tokens(redis)
    authenticator = Authenticator(
        settings.allowed_origins, settings.trusted_proxies, sessions, tokens, relay.wait_linked
    )
    gateway = Gateway(secrets.token_hex(4), redis, metrics, sessions, tokens, authenticator, relay)
    makers = (feature.socket_hooks for feature in listed.FEATURES)
    hooks = [make(redis, relay) for make in makers if make is not None]
    sockets = Sockets(gateway.name, redis, authenticator, relay=relay, metrics=metrics, features=hooks)
    facts = FactsReader(redis, relay)
    listener = Listener(
        redis,
        pool=pool,
        relay=relay,
        facts=facts,
        metrics=metrics,
        on_other=[feature.take_event for feature in hooks],
        on_link=partial(_open, redis, settings),
    )
    loops = _loops(listener, facts, gateway, sockets, pool)
    try:
        supervised = (supervise(_LOG, name, loop) for name, loop in loops.items())
        async with running(*supervised, notify_when_ready(gateway.ready)):
            await _first_try(listener)
            yield {
                "gateway": gateway,
                "sockets": sockets,
                "search": ChatSearch(redis),
                "refresher": ThreadRefresher(redis),
                "thread_parts": {
                    name: read for feature in listed.FEATURES for name, read in feature.thread_parts.items()
                },
                "status": StatusCache(redis),
            }
    finally:
        await _say_goodbye(gateway, hooks)
        await pool.disconnect()
        await redis.aclose()


async def _open(redis: Redis, settings: Settings) -> None:
    """Make sure that an operator can log in and read. Raises RedisError."""
    await operators.ensure_first(redis, settings.admin_username, settings.admin_password)
    await layout.refuse_older(redis)


async def _first_try(listener: Listener) -> None:
    """Wait for the first link; where Redis does not answer, each request will say so."""
    with suppress(TimeoutError):
        async with asyncio.timeout(REDIS_TIMEOUT_S):
            await listener.tried.wait()


def _loops(
    listener: Listener, facts: FactsReader, gateway: Gateway, sockets: Sockets, pool: TrackedPool
) -> dict[str, Loop]:
    pools = [one for one in (pool, gateway.redis.connection_pool) if isinstance(one, TrackedPool)]
    watch = EpochWatch(*pools, newest=listener.newest)
    return {
        "listener": listener.listen,
        "facts": partial(repeat, _LOG, FACTS_EVERY_S, facts.read),
        "server_watch": partial(repeat, _LOG, WATCH_EVERY_S, watch.look),
        "heartbeat": gateway.keep_beating,
        "idle_connections": partial(repeat, _LOG, 5.0, partial(close_idle, gateway.redis.connection_pool)),
        **{task.name: partial(repeat, _LOG, task.every_s, task.run) for task in sockets.periodic()},
    }


def _make_pool(settings: Settings) -> TrackedPool:
    return allow_reads(connection.make_pool(settings.redis_url, timeout=REDIS_TIMEOUT_S))


async def _say_goodbye(gateway: Gateway, hooks: Sequence[SocketHooks]) -> None:
    try:
        async with asyncio.timeout(1.0):
            for feature in hooks:
                await feature.close()
            await heartbeat.deregister(gateway.redis, "gateway", gateway.name)
    except (RedisError, OSError, TimeoutError):
        _LOG.debug("push_gateway.left_silently")
