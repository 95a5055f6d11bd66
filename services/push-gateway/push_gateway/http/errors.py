"""Errors as the API tells them: `{"error": {"code", "message"}}`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

_LOG = logging.getLogger("push_gateway")
RETRY_AFTER = 2
_ANSWER_WITHIN = 4.0

Handler = Callable[[Request], Awaitable[Response]]

_WORDS = {
    400: ("bad_request", "The request is not understood."),
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "This address does not take that method."),
}


class ApiError(Exception):
    """A refusal that the caller can act on. `more`: fields beside code and message."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
        self.more = more or {}


def error_response(
    status: int,
    code: str,
    message: str,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> Response:
    """Return an error as JSON."""
    body = orjson.dumps({"error": {"code": code, "message": message, **(more or {})}})
    return Response(body, status, headers, media_type="application/json")


async def on_api_error(request: Request, error: Exception) -> Response:
    """Answer an ApiError."""
    if not isinstance(error, ApiError):
        raise error
    return error_response(error.status, error.code, error.message, error.headers, error.more)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer a refusal of the router."""
    if not isinstance(error, HTTPException):
        raise error
    code, message = _WORDS.get(error.status_code, ("http", error.detail))
    headers = {"Allow": _allowed(request)} if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else None
    return error_response(error.status_code, code, message, headers or error.headers)


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
    _LOG.warning("push_gateway.redis_away", extra={"path": request.url.path, "error": type(error).__name__})
    return error_response(
        503, "catching_up", "The data cannot be read just now. Try again.", {"Retry-After": str(RETRY_AFTER)}
    )


def not_replicated() -> Response:
    """Answer a write that may be lost: a failover under way may undo it."""
    message = "It cannot be kept for certain just now. Try again."
    return error_response(503, "catching_up", message, {"Retry-After": str(RETRY_AFTER)})


def bounded(handler: Handler) -> Handler:
    """Return a handler with a time limit, for when Redis does not answer."""

    async def answer_in_time(request: Request) -> Response:
        async with asyncio.timeout(_ANSWER_WITHIN):
            return await handler(request)

    return answer_in_time


async def on_left(request: Request, error: Exception) -> Response:
    """End quietly when the caller went away while sending: there is no one to answer."""
    if not isinstance(error, ClientDisconnect):
        raise error
    return Response(status_code=400)


async def on_fault(request: Request, error: Exception) -> Response:
    """Answer an unexpected error; the traceback goes to the log."""
    return error_response(500, "fault", "Something went wrong here. It has been noted.")
