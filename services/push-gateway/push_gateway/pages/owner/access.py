"""Sessions and tokens of integrators: listed, ended one by one; a token is shown only when it is made."""

from dataclasses import asdict

from starlette.responses import Response

from push_gateway.auth import operators
from push_gateway.auth.access import TokenScope
from push_gateway.http.bodies import choice_field, read_json, text_field
from push_gateway.http.errors import ApiError
from push_gateway.http.responses import done, json_response
from push_gateway.http.routes import OWNER_API, ApiCall, get, post
from push_gateway.ws.sockets import sockets_in

_SCOPES: tuple[TokenScope, ...] = ("read", "reply")


async def show_sessions(call: ApiCall) -> Response:
    """Answer `GET sessions`: the newest first, with how many sockets each holds at this gateway."""
    of_each = await call.gateway.sessions.of_each(await operators.all_operators(call.redis))
    logins = [login for of_one in of_each.values() for login in of_one]
    limiter = sockets_in(call.request.scope["state"]).limiter
    shown = [
        asdict(login) | {"sockets": limiter.count(login.id), "current": login.id == call.caller.digest}
        for login in sorted(logins, key=lambda login: -login.created)
    ]
    return json_response({"sessions": shown})


async def end_session(call: ApiCall) -> Response:
    """Answer `POST sessions/{id}/end`."""
    if not await call.gateway.sessions.end(call.request.path_params["id"]):
        raise ApiError(404, "unknown_session", "There is no such session (any more).")
    return done()


async def show_tokens(call: ApiCall) -> Response:
    """Answer `GET tokens`."""
    return json_response({"tokens": [asdict(token) for token in await call.gateway.tokens.all()]})


async def make_token(call: ApiCall) -> Response:
    """Answer `POST tokens` `{"name", "scope"}`: 201 with `token`, which is never shown again."""
    data = await read_json(call.request)
    name, scope = text_field(data, "name"), choice_field(data, "scope", _SCOPES)
    token, shown = await call.gateway.tokens.add(name, scope, call.caller.operator)
    return json_response(asdict(token) | {"token": shown}, 201)


async def revoke_token(call: ApiCall) -> Response:
    """Answer `POST tokens/{id}/revoke`."""
    if not await call.gateway.tokens.revoke(call.request.path_params["id"]):
        raise ApiError(404, "unknown_token", "There is no such token (any more).")
    return done()


ROUTES = [
    get(f"{OWNER_API}/sessions", "manage", show_sessions),
    post(f"{OWNER_API}/sessions/{{id}}/end", "manage", end_session),
    get(f"{OWNER_API}/tokens", "manage", show_tokens),
    post(f"{OWNER_API}/tokens", "manage", make_token),
    post(f"{OWNER_API}/tokens/{{id}}/revoke", "manage", revoke_token),
]
