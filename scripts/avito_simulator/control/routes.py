"""The routes of the control API: a table of handlers, and how each is called."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, get_type_hints

from msgspec import NODEFAULT, DecodeError, ValidationError, convert, defstruct, json
from msgspec.structs import asdict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from avito_simulator.control import load, story, trouble, truth
from avito_simulator.simulator import Simulator
from avito_simulator.world import NotThereError, RefusedError

Handler = Callable[..., Awaitable[story.Answer]]

_STATUSES: dict[type[Exception], int] = {
    DecodeError: 400,
    ValidationError: 400,
    RecursionError: 400,
    NotThereError: 404,
    RefusedError: 409,
}
_MESSAGE = "/chats/{chat_id}/messages/{message_id}"
_TABLE: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/chats", story.create),
    ("POST", "/chats/{chat_id}/messages", story.write_message),
    ("POST", f"{_MESSAGE}/delete", story.delete),
    ("POST", f"{_MESSAGE}/webhook", story.repost),
    ("POST", "/chats/{chat_id}/read", story.read),
    ("GET", "/faults", trouble.show),
    ("POST", "/faults", trouble.change),
    ("POST", "/faults/reset", trouble.reset),
    ("POST", "/faults/endpoints", trouble.strike),
    ("DELETE", "/faults/endpoints", trouble.calm),
    ("POST", "/tokens/revoke", trouble.revoke),
    ("PUT", "/subscriptions", trouble.subscriptions),
    ("GET", "/truth", truth.truth),
    ("POST", "/burst", load.burst),
    ("POST", "/webhook", load.raw),
    ("POST", "/idle", load.idle),
)


def routes(sim: Simulator) -> Mount:
    """Return the mount at /_control; GET /_control/ lists its routes."""
    listed = {"routes": [f"{method} /_control{path}" for method, path, _ in _TABLE]}

    async def index(request: Request) -> Response:
        return JSONResponse(listed)

    return Mount("/_control", routes=[Route("/", index), *(_route(sim, *row) for row in _TABLE)])


def _route(sim: Simulator, method: str, path: str, handler: Handler) -> Route:
    """Return the route of a handler.

    The handler gets the parts of the path, and the JSON of the request (of a GET its query), checked, as its
    `body` or as its keyword arguments.
    """
    kind, whole = _body_type(handler, strict=method != "GET")

    async def endpoint(request: Request) -> Response:
        try:
            if method == "GET":
                body = convert(dict(request.query_params), kind, strict=False)
            else:
                body = json.decode(await request.body() or b"{}", type=kind)
            more = {"body": body} if whole else asdict(body)
            return JSONResponse(await handler(sim, **request.path_params, **more))
        except tuple(_STATUSES) as error:
            status = _STATUSES[type(error)]
            return JSONResponse({"error": {"code": status, "message": str(error)}}, status)

    return Route(path, endpoint, methods=[method])


def _body_type(handler: Handler, *, strict: bool) -> tuple[Any, bool]:
    """Return the type of the body, and whether the handler takes it as a whole."""
    hints = get_type_hints(handler, include_extras=True)
    if "body" in hints:
        return hints["body"], True
    fields = [
        (name, hints[name], NODEFAULT if one.default is one.empty else one.default)
        for name, one in inspect.signature(handler).parameters.items()
        if one.kind is one.KEYWORD_ONLY
    ]
    return defstruct("Body", fields, kw_only=True, forbid_unknown_fields=strict), False
