"""A real HTTP server on loopback that receives webhooks."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.loopback import serving


@dataclass(frozen=True, slots=True)
class Received:
    """One POST."""

    headers: Headers
    body: bytes

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    @property
    def value(self) -> Any:
        return self.event["payload"]["value"]


class Receiver:
    """Keeps what it got. `answer` decides the status, and may be slow."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.url = ""
        self.at_once = 0
        self.most_at_once = 0
        self.answer: Callable[[Received], Awaitable[int]] = self.ok

    async def ok(self, received: Received) -> int:
        return 200

    def texts(self) -> list[str]:
        return [one.value["content"].get("text", "") for one in self.received]

    async def handle(self, request: Request) -> Response:
        received = Received(request.headers, await request.body())
        self.received.append(received)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return Response(status_code=await self.answer(received))
        finally:
            self.at_once -= 1


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens on a free port."""
    receiver = Receiver()
    routes = [Route(path, receiver.handle, methods=["POST"]) for path in ("/hook", "/other")]
    async with serving(Starlette(routes=routes)) as url:
        receiver.url = f"{url}/hook"
        yield receiver


async def until(condition: Callable[[], bool], deadline_s: float = 20) -> None:
    """Return as soon as the condition holds; fail after the deadline."""
    async with asyncio.timeout(deadline_s):
        while not condition():  # noqa: ASYNC110 # the condition lies in another process or server
            await asyncio.sleep(0.01)
