"""The baseline for end to end: a simple system of Starlette, arq with its defaults, httpx and send_text.

Arguments: port Redis-URL, or `worker` Redis-URL Avito-URL. The web process accepts webhooks and replies,
queues jobs and holds the sockets; the worker fetches the chat from Avito (or sends the reply) and publishes.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn
from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import Worker
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from bench.processes import ACCOUNT

_CHANNEL = "naive:events"
_API = f"/messenger/v2/accounts/{ACCOUNT}/chats"
_SEND = f"/messenger/v1/accounts/{ACCOUNT}/chats"


async def take_webhook(context: dict[Any, Any], body: dict[str, Any]) -> None:
    """Fetch the chat, then publish the message with it."""
    message = body["payload"]["value"]
    chat = await context["avito"].get(f"{_API}/{message['chat_id']}")
    event = {"type": "message", "message": {"id": message["id"]} | message, "chat": chat.json()}
    await context["redis"].publish(_CHANNEL, JSONResponse(event).body)


async def send_reply(context: dict[Any, Any], chat: str, text: str) -> None:
    """Send the reply."""
    await context["avito"].post(f"{_SEND}/{chat}/messages", json={"type": "text", "message": {"text": text}})


_JOBS: list[Any] = [take_webhook, send_reply]


async def work(url: str, avito: str) -> None:
    """Run arq with its defaults, and one HTTP client that its jobs share."""
    async with httpx.AsyncClient(base_url=avito, trust_env=False) as http:
        form = {
            "grant_type": "client_credentials",
            "client_id": "sim-client",
            "client_secret": "sim-secret",
        }
        token = (await http.post("/token", data=form)).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        pool = await create_pool(RedisSettings.from_dsn(url))
        worker = Worker(_JOBS, redis_pool=pool, ctx={"avito": http})
        await worker.async_run()


def make_web(url: str) -> Starlette:
    """Return the web application."""
    sockets: set[WebSocket] = set()
    pools: list[Any] = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        pools.append(await create_pool(RedisSettings.from_dsn(url)))
        listening = asyncio.create_task(listen(url, sockets))
        yield
        listening.cancel()
        await pools[0].aclose()

    async def webhook(request: Request) -> JSONResponse:
        await pools[0].enqueue_job("take_webhook", await request.json())
        return JSONResponse({"ok": True})

    async def reply(request: Request) -> JSONResponse:
        data = await request.json()
        await pools[0].enqueue_job("send_reply", data["chat"], data["text"])
        return JSONResponse({"ok": True})

    async def live(request: Request) -> JSONResponse:
        return JSONResponse({})

    async def hold(socket: WebSocket) -> None:
        await socket.accept()
        sockets.add(socket)
        await socket.send_text('{"type":"hello"}')
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            sockets.discard(socket)

    routes = [
        Route("/webhook", webhook, methods=["POST"]),
        Route("/reply", reply, methods=["POST"]),
        Route("/livez", live),
        WebSocketRoute("/admin/avito/ws", hold),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


async def listen(url: str, sockets: set[WebSocket]) -> None:
    """Send published messages to one socket after the other."""
    async with Redis.from_url(url) as redis, redis.pubsub() as pubsub:
        await pubsub.subscribe(_CHANNEL)
        async for heard in pubsub.listen():
            if heard["type"] == "message":
                for socket in list(sockets):
                    await socket.send_text(heard["data"].decode())


if __name__ == "__main__":
    if sys.argv[1] == "worker":
        asyncio.run(work(*sys.argv[2:]))
    else:
        web = make_web(sys.argv[2])
        uvicorn.run(web, port=int(sys.argv[1]), access_log=False, log_level="warning")
