"""Tokens of integrators: listed, made (and shown only then), revoked."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.auth.access import TokenScope
from push_gateway.auth.staff import StaffError
from push_gateway.http.bodies import choice_field, read_json, text_field
from push_gateway.http.errors import ApiError, bounded
from push_gateway.http.responses import done, json_response
from push_gateway.pages.owner.api import API, authorize_owner, refusal

_SCOPES: tuple[TokenScope, ...] = ("read", "reply")


async def show(request: Request) -> Response:
    """Answer `GET tokens`."""
    gateway, _ = await authorize_owner(request)
    return json_response({"tokens": [asdict(token) for token in await gateway.tokens.all()]})


async def make(request: Request) -> Response:
    """Answer `POST tokens` `{"name", "scope"}`: 201 with `token`, which is never shown again."""
    gateway, caller = await authorize_owner(request)
    data = await read_json(request)
    name, scope = text_field(data, "name"), choice_field(data, "scope", _SCOPES)
    try:
        token, shown = await gateway.tokens.add(name, scope, caller.operator)
    except StaffError as error:
        raise refusal(error) from None
    return json_response(asdict(token) | {"token": shown}, 201)


async def revoke(request: Request) -> Response:
    """Answer `POST tokens/{id}/revoke`."""
    gateway, _ = await authorize_owner(request)
    if not await gateway.tokens.revoke(request.path_params["id"]):
        raise ApiError(404, "unknown_token", "There is no such token (any more).")
    return done()


ROUTES = [
    Route(f"{API}/tokens", bounded(show)),
    Route(f"{API}/tokens", bounded(make), methods=["POST"]),
    Route(f"{API}/tokens/{{id}}/revoke", bounded(revoke), methods=["POST"]),
]
