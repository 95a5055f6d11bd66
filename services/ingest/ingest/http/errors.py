"""Errors of the routes beside the webhook, shaped like every error: `{"error": {"code", "message"}}`."""

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_ERRORS = {
    404: ("not_found", "There is nothing here."),
    405: ("method", "This address is only read."),
}


async def on_http_error(request: Request, error: Exception) -> Response:
    """Return the response to a request that the router refuses."""
    if not isinstance(error, HTTPException):
        raise error
    code, message = _ERRORS.get(error.status_code, ("http", error.detail))
    body = orjson.dumps({"error": {"code": code, "message": message}})
    return Response(body, error.status_code, error.headers, media_type="application/json")
