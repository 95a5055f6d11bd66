"""Sessions: listed, and ended one by one."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.auth import operators
from push_gateway.http.errors import ApiError, bounded
from push_gateway.http.responses import done, json_response
from push_gateway.pages.owner.api import API, authorize_owner


async def show(request: Request) -> Response:
    """Answer `GET sessions`: the newest first, with how many sockets each holds at this gateway."""
    gateway, caller = await authorize_owner(request)
    of_each = await gateway.sessions.of_each(await operators.all_operators(gateway.redis))
    logins = [login for of_one in of_each.values() for login in of_one]
    sockets = gateway.authenticator.connections.sessions
    shown = [
        asdict(login) | {"sockets": sockets[login.id], "current": login.id == caller.digest}
        for login in sorted(logins, key=lambda login: -login.created)
    ]
    return json_response({"sessions": shown})


async def end(request: Request) -> Response:
    """Answer `POST sessions/{id}/end`."""
    gateway, _ = await authorize_owner(request)
    if not await gateway.sessions.end(request.path_params["id"]):
        raise ApiError(404, "unknown_session", "There is no such session (any more).")
    return done()


ROUTES = [
    Route(f"{API}/sessions", bounded(show)),
    Route(f"{API}/sessions/{{id}}/end", bounded(end), methods=["POST"]),
]
