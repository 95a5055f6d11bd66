"""A stand-in for Telegram's bot API, on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.support.loopback import serving

Told = tuple[str, dict[str, str]]
"""Path and message of one call."""


@asynccontextmanager
async def telegram(heard: list[Told]) -> AsyncIterator[str]:
    """Yield the URL of a bot API that keeps its requests."""

    async def hear(request: Request) -> JSONResponse:
        heard.append((request.url.path, await request.json()))
        return JSONResponse({"ok": True})

    async with serving(Starlette(routes=[Route("/{rest:path}", hear, methods=["POST"])])) as url:
        yield url
