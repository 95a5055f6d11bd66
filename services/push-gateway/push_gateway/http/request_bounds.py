"""Refuses a request by its address and content type, before anything else of it is read."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from push_gateway.http.error_handlers import error_response
from push_gateway.http.errors import ApiError
from push_gateway.http.gateway import gateway_in
from shared.http.plain_upgrade import LONGEST_TARGET

_UTF8 = (b"utf-8", b"utf8", b"us-ascii")
# `charset*` too: the continued and extended parameters of RFC 2231, which libraries join.
_CHARSET = re.compile(rb';\s*charset[*\d]*\s*=\s*"?([^;"\s]*)', re.IGNORECASE)


class RequestBounds:
    """ASGI middleware: 414 for an address that is too long, 400 for text in another charset than UTF-8."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        refusal = _refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        gateway_in(scope["state"]).metrics.refusals.labels(refusal.code).inc()
        await error_response(refusal)(scope, receive, send)


def _refusal(scope: Scope) -> ApiError | None:
    if len(scope["raw_path"]) + len(scope["query_string"]) >= LONGEST_TARGET:
        return ApiError(414, "too_long", f"The address has more than {LONGEST_TARGET:,} characters.")
    if not all(is_utf8(value) for name, value in scope["headers"] if name == b"content-type"):
        return ApiError(400, "bad_charset", "Text must be in UTF-8.")
    return None


def is_utf8(content_type: bytes) -> bool:
    """Whether a Content-Type names no charset, or UTF-8, or what is a part of it."""
    return all(charset.lower() in _UTF8 for charset in _CHARSET.findall(content_type))
