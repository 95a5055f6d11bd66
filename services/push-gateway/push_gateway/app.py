"""The HTTP side of the gateway: routes as data, the gateway as the app's state."""

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from typing import TypedDict

from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from push_gateway import replies
from push_gateway.chats import actions, assignment_routes, threads
from push_gateway.features import coach, quick_replies
from push_gateway.features.notes import routes as notes
from push_gateway.http import errors
from push_gateway.http.errors import ApiError
from push_gateway.http.failover_guard import FailoverGuard
from push_gateway.http.gateway import Gateway, open_gateway
from push_gateway.http.headers import SecurityHeaders
from push_gateway.http.metrics import Metrics
from push_gateway.pages import login, owner, panel
from push_gateway.settings import Settings
from shared.http.health import health_routes
from shared.process.tune_gc import tune_gc


class AppState(TypedDict):
    """What handlers and connections find in their state."""

    gateway: Gateway


def create_app(settings: Settings) -> Starlette:
    """Return the app; it runs a gateway for the length of its lifespan."""
    metrics = Metrics()
    running: list[Gateway] = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[AppState]:
        async with open_gateway(settings, metrics) as gateway:
            running.append(gateway)
            tune_gc()
            yield {"gateway": gateway}

    def ready() -> Awaitable[Mapping[str, object]]:
        return running[-1].ready()

    async def on_refusal(request: Request, error: Exception) -> Response:
        if isinstance(error, ApiError):
            metrics.refusals.labels(error.code).inc()
        return await errors.on_api_error(request, error)

    app = Starlette(
        routes=[
            *panel.ROUTES,
            *login.ROUTES,
            *threads.ROUTES,
            *replies.ROUTES,
            *actions.ROUTES,
            *assignment_routes.ROUTES,
            *notes.ROUTES,
            *quick_replies.ROUTES,
            *owner.ROUTES,
            *coach.ROUTES,
            *health_routes(ready, metrics.registry),
        ],
        middleware=[Middleware(SecurityHeaders), Middleware(FailoverGuard)],
        exception_handlers={
            ApiError: on_refusal,
            HTTPException: errors.on_http_error,
            ClientDisconnect: errors.on_left,
            RedisError: errors.on_redis_away,
            OSError: errors.on_redis_away,
            Exception: errors.on_fault,
        },
        lifespan=lifespan,
    )
    # The router would name an address with the scheme it was asked by, which a proxy in front has changed.
    app.router.redirect_slashes = False
    return app
