"""The API's routes: callers are authorized first, and answered in time when Redis does not answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from redis.asyncio import Redis
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.auth.access import PATH, Caller, Scope
from push_gateway.http.gateway import Gateway, gateway_of

OWNER_API = f"{PATH}api/owner"
"""The prefix of what only owners may do."""
_ANSWER_WITHIN = 4.0


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A request whose caller may make it."""

    request: Request
    gateway: Gateway
    caller: Caller

    @property
    def redis(self) -> Redis:
        """The gateway's Redis."""
        return self.gateway.redis


Handler = Callable[[ApiCall], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def get(path: str, scope: Scope, handler: Handler, *, in_time: bool = True) -> Route:
    """Return the route of a read by callers of this scope; `in_time` False: it may take longer."""
    return Route(path, authorized(scope, handler, in_time=in_time))


def post(path: str, scope: Scope, handler: Handler, *, in_time: bool = True) -> Route:
    """Return the route of a write by callers of this scope; `in_time` False: it may take longer."""
    return Route(path, authorized(scope, handler, in_time=in_time), methods=["POST"])


def authorized(scope: Scope, handler: Handler, *, in_time: bool = True) -> Endpoint:
    """Return an endpoint that raises ApiError 401, 403, 409 or 429 for callers who may not do this."""

    async def answer(request: Request) -> Response:
        gateway = gateway_of(request)
        caller = await gateway.authenticator.authorize(request, scope)
        with gateway.bodies.holding(request, caller.operator):
            return await handler(ApiCall(request, gateway, caller))

    return bounded(answer) if in_time else answer


def bounded(endpoint: Endpoint) -> Endpoint:
    """Return an endpoint with a time limit."""

    async def answer_in_time(request: Request) -> Response:
        async with asyncio.timeout(_ANSWER_WITHIN):
            return await endpoint(request)

    return answer_in_time
