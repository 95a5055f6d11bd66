"""The baseline: a simple system of Starlette, arq with its defaults, one httpx2 client, a send_text loop.

uvicorn runs `app`, arq `WorkerSettings`. REDIS_URL: a database of its own; AVITO_API_URL: the simulator.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import orjson
from arq import create_pool
from arq.connections import RedisSettings
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from testbed import ACCOUNT

CHANNEL = "baseline:events"
_CHATS = f"/messenger/v2/accounts/{ACCOUNT}/chats"
_CREDENTIALS = {"grant_type": "client_credentials", "client_id": "sim-client", "client_secret": "sim-secret"}
_REDIS_URL = os.environ.get("REDIS_URL", "redis://")
_sockets: set[WebSocket] = set()


async def start_worker(context: dict[Any, Any]) -> None:
    """Get a token for the HTTP client that all jobs share."""
    http = httpx2.AsyncClient(base_url=os.environ["AVITO_API_URL"], trust_env=False)
    token = (await http.post("/token", data=_CREDENTIALS)).json()["access_token"]
    http.headers["Authorization"] = f"Bearer {token}"
    context["avito"] = http


async def take_webhook(context: dict[Any, Any], body: dict[str, Any]) -> None:
    """Fetch the chat, then publish the message with it."""
    message = body["payload"]["value"]
    chat = await context["avito"].get(f"{_CHATS}/{message['chat_id']}")
    event = {"type": "message", "message": {"id": message["id"]} | message, "chat": chat.json()}
    await context["redis"].publish(CHANNEL, orjson.dumps(event))


class WorkerSettings:
    """What the command `arq` reads."""

    functions = (take_webhook,)
    on_startup = start_worker
    redis_settings = RedisSettings.from_dsn(_REDIS_URL)


async def webhook(request: Request) -> JSONResponse:
    """Queue a job for each webhook."""
    await request.app.state.jobs.enqueue_job("take_webhook", await request.json())
    return JSONResponse({"ok": True})


async def hold(socket: WebSocket) -> None:
    """Keep a socket until it is closed."""
    await socket.accept()
    _sockets.add(socket)
    await socket.send_text('{"type":"hello"}')
    async for _ in socket.iter_text():
        pass
    _sockets.discard(socket)


async def listen() -> None:
    """Send published messages to one socket after the other."""
    async with Redis.from_url(_REDIS_URL) as redis, redis.pubsub() as pubsub:
        await pubsub.subscribe(CHANNEL)
        async for heard in pubsub.listen():
            if heard["type"] == "message":
                for socket in list(_sockets):
                    await socket.send_text(heard["data"].decode())


@asynccontextmanager
async def lifespan(web: Starlette) -> AsyncIterator[None]:
    """Hold the pool of arq, and listen."""
    web.state.jobs = await create_pool(RedisSettings.from_dsn(_REDIS_URL))
    listening = asyncio.create_task(listen())
    yield
    listening.cancel()
    await web.state.jobs.aclose()


app = Starlette(
    routes=[
        Route("/livez", lambda _: JSONResponse({})),
        Route("/webhook", webhook, methods=["POST"]),
        WebSocketRoute("/admin/avito/ws", hold),
    ],
    lifespan=lifespan,
)
