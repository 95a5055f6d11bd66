"""Turns a function of a typed body into a route, and its errors into plain answers."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from msgspec import ValidationError, convert
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from avito_simulator.world import NotThereError, RefusedError

T = TypeVar("T")
Answer = dict[str, Any]
_STATUSES: dict[type[Exception], int] = {ValidationError: 400, NotThereError: 404, RefusedError: 409}


def post(
    path: str,
    kind: type[T],
    work: Callable[[Request, T], Awaitable[Answer]],
    methods: tuple[str, ...] = ("POST",),
) -> Route:
    """Return a route that reads a `kind` from the body (empty = `{}`) and answers JSON."""

    async def read(request: Request) -> Answer:
        try:
            given = json.loads(await request.body() or b"{}")
        except (ValueError, RecursionError):
            raise ValidationError("the body is not JSON") from None
        return await work(request, convert(given, kind))

    return get(path, read, methods)


def get(
    path: str, work: Callable[[Request], Awaitable[Answer]], methods: tuple[str, ...] = ("GET",)
) -> Route:
    """Return a route that answers JSON."""

    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await work(request))
        except tuple(_STATUSES) as error:
            status = _STATUSES[type(error)]
            return JSONResponse({"error": {"code": status, "message": str(error)}}, status)

    return Route(path, endpoint, methods=list(methods))
