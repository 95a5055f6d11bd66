"""Answers errors as JSON."""

import logging
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.http.errors import ApiError

RETRY_AFTER = 2
_LOG = logging.getLogger("push_gateway")
_WORDS = {
    400: ("bad_request", "The request is not understood."),
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "This address does not take that method."),
}


def error_response(error: ApiError) -> Response:
    """Return an error as JSON."""
    body = orjson.dumps({"error": {"code": error.code, "message": error.message, **error.more}})
    return Response(body, error.status, error.headers, media_type="application/json")


async def on_http_error(request: Request, error: Any) -> Response:
    """Answer a refusal of the router, a Starlette HTTPException."""
    code, message = _WORDS.get(error.status_code, ("http", error.detail))
    headers = {"Allow": _allowed(request)} if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else None
    return error_response(ApiError(error.status_code, code, message, headers or error.headers))


def _allowed(request: Request) -> str:
    """Return the methods of all routes of this path; the router names only those of the first."""
    here = [
        route.methods or ()
        for route in request.app.routes
        if isinstance(route, Route) and route.path_regex.match(request.url.path)
    ]
    return ", ".join(sorted({method for methods in here for method in methods}))


async def on_redis_away(request: Request, error: Exception) -> Response:
    """Answer 503 while Redis is away or too slow."""
    route = getattr(request.scope.get("route"), "path", "")
    _LOG.warning("push_gateway.redis_away", extra={"route": route, "error": type(error).__name__})
    return _catching_up("The data cannot be read just now. Try again.")


def not_replicated() -> Response:
    """Answer a write that may be lost: a failover under way may undo it."""
    return _catching_up("It cannot be kept for certain just now. Try again.")


def _catching_up(message: str) -> Response:
    return error_response(ApiError(503, "catching_up", message, {"Retry-After": str(RETRY_AFTER)}))


async def on_left(request: Request, error: Exception) -> Response:
    """End quietly when the caller went away while sending: there is no one to answer."""
    return Response(status_code=400)


async def on_fault(request: Request, error: Exception) -> Response:
    """Answer an unexpected error; the traceback goes to the log."""
    return error_response(ApiError(500, "fault", "Something went wrong here. It has been noted."))
