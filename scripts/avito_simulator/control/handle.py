"""Turns a function of a typed body into a route with plain errors."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from avito_simulator.typed import BadInputError, read
from avito_simulator.world import NotThereError, RefusedError

T = TypeVar("T")
Answer = dict[str, Any]


def post(
    path: str,
    kind: type[T],
    work: Callable[[Request, T], Awaitable[Answer]],
    methods: tuple[str, ...] = ("POST",),
) -> Route:
    """Return a route that reads a `kind` from the body (empty = `{}`) and answers JSON."""

    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await work(request, read(kind, await body_of(request))))
        except BadInputError as error:
            return refusal(400, str(error))
        except NotThereError as error:
            return refusal(404, str(error))
        except RefusedError as error:
            return refusal(409, str(error))

    return Route(path, endpoint, methods=list(methods))


def get(path: str, work: Callable[[Request], Awaitable[Answer]]) -> Route:
    """Return a route that only reads."""

    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await work(request))
        except BadInputError as error:
            return refusal(400, str(error))

    return Route(path, endpoint, methods=["GET"])


async def body_of(request: Request) -> object:
    """Return the body as JSON. Raises `BadInputError`."""
    try:
        return json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError):
        raise BadInputError(["the body is not JSON"]) from None


def refusal(status: int, message: str) -> Response:
    """Return an error of the control API."""
    return JSONResponse({"error": {"code": status, "message": message}}, status)
