"""Reads that an operator needs while Redis refuses every write."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx
import orjson
from websockets.exceptions import WebSocketException

from chaos.faults.store import kill_subscriptions, redis_full
from chaos.stage import Stage

_WITHIN_S = 10.0


@asynccontextmanager
async def full_and_read(stage: Stage) -> AsyncIterator[None]:
    """Fill Redis, cut the gateway's subscription, and open a second window of an operator."""
    async with redis_full(stage):
        async with stage.redis as redis:
            await kill_subscriptions(redis)
        yield
        async with stage.screen.client(stage.screen.gateways[0]) as http:
            stage.notes += await _unread(http, stage)
        stage.notes += await _not_resumed(stage)


async def _unread(http: httpx.AsyncClient, stage: Stage) -> list[str]:
    epoch, seq = stage.screen.place or ("", 0)
    asked: list[tuple[str, dict[str, Any]]] = [
        ("", {}),
        ("api/chats", {}),
        ("api/chats", {"q": "a"}),
        (f"api/chats/{quote(stage.chats[0], '')}/messages", {}),
        ("api/events", {"epoch": epoch, "seq": seq}),
    ]
    notes = []
    for path, query in asked:
        answer = await http.get(path, params=query)
        if answer.status_code != httpx.codes.OK:
            notes.append(f"while Redis was full GET {path} {query} answered {answer.status_code}")
    return notes


async def _not_resumed(stage: Stage) -> list[str]:
    try:
        async with asyncio.timeout(_WITHIN_S), stage.screen.socket(stage.screen.gateways[0]) as ws:
            hello = orjson.loads(await ws.recv())
    except (OSError, WebSocketException, TimeoutError) as error:
        return [f"while Redis was full a new socket got {error!r}"]
    return [] if hello.get("recovered") else [f"while Redis was full a socket did not resume: {hello}"]
