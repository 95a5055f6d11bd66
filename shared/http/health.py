"""The three routes for operations: /livez, /readyz and /metrics, the same in every service."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import orjson
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared import __version__
from shared.process import lifecycle
from shared.process.stored import UNREADABLE
from shared.process.supervise import FAILURES, failing

_LONGEST_ACCEPT = 1024
"""Characters of it that are read; a scraper sends a quarter of them."""

Ready = Callable[[], Awaitable[Mapping[str, object]]]


def health_routes(ready: Ready, registry: CollectorRegistry) -> list[Route]:
    """Return the routes. `ready` reports each part; 503 when its `ready` says so, a loop fails, or it ends.

    /livez answers 200 as long as the process can answer at all: it checks nothing.
    """
    registry.register(FAILURES)
    registry.register(UNREADABLE)
    build = Gauge("avito_live_build_info", "Which version runs", ["version"], registry=registry)
    build.labels(__version__).set(1)

    async def livez(request: Request) -> Response:
        return _json({"alive": True})

    async def readyz(request: Request) -> Response:
        parts = dict(await ready())
        if loops := failing():
            parts |= {"ready": False, "failing": loops}
        if lifecycle.is_ending():
            parts |= {"ready": False, "ending": True}
        return _json(parts, 200 if parts.get("ready") else 503)

    one_at_a_time = asyncio.Lock()

    async def metrics(request: Request) -> Response:
        encode, content_type = _encoder(request.headers.get("accept", "")[:_LONGEST_ACCEPT])
        async with one_at_a_time:  # it takes milliseconds, and a turn of the loop may have many
            await asyncio.sleep(0)
            return Response(encode(registry), media_type=content_type)

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]


def _encoder(accept: str) -> tuple[Callable[[CollectorRegistry], bytes], str]:
    """Return the encoder for what a scraper accepts; plain text for a version that is no number."""
    try:
        return choose_encoder(accept)
    except (TypeError, ValueError):
        return choose_encoder("")


def _json(parts: Mapping[str, object], status: int = 200) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(orjson.dumps(parts), status, headers, media_type="application/json")
