"""Peers of ingest: Starlette that stores each request separately.

Arguments: port, Redis URL, `arq` or `xadd`.
"""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from arq import create_pool
from arq.connections import RedisSettings
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bench.peers.bare_http import serve

Store = Callable[[bytes], Awaitable[object]]
_STREAM = "bench:store-each"


@asynccontextmanager
async def arq_store(url: str) -> AsyncIterator[Store]:
    """Enqueue one arq job per request."""
    pool = await create_pool(RedisSettings.from_dsn(url))
    yield lambda body: pool.enqueue_job("take", body)
    await pool.aclose()


@asynccontextmanager
async def xadd_store(url: str) -> AsyncIterator[Store]:
    """Send one XADD per request, with redis-py."""
    async with Redis.from_url(url) as redis:
        yield lambda body: redis.xadd(_STREAM, {"b": body})


def make_app(url: str, kind: str) -> Starlette:
    """Return the application."""
    stores: list[Store] = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with {"arq": arq_store, "xadd": xadd_store}[kind](url) as store:
            stores.append(store)
            yield

    async def take(request: Request) -> JSONResponse:
        await stores[0](await request.body())
        return JSONResponse({"ok": True})

    async def live(request: Request) -> JSONResponse:
        return JSONResponse({})

    routes = [Route("/webhook", take, methods=["POST"]), Route("/livez", live)]
    return Starlette(routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    serve(int(sys.argv[1]), make_app(sys.argv[2], sys.argv[3]), lifespan="on")
