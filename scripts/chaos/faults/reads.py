"""Reads that an operator needs while Redis refuses every write."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx
import orjson
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from chaos.faults.store import redis_full
from chaos.screen import PATH
from chaos.stage import Stage

_WITHIN_S = 10.0


@asynccontextmanager
async def full_and_read(stage: Stage) -> AsyncIterator[None]:
    """Fill Redis, cut the gateway's subscription, and open a second window of an operator."""
    async with redis_full(stage):
        async with stage.redis as redis:
            await redis.execute_command("CLIENT", "KILL", "TYPE", "PUBSUB")
        yield
        base = stage.screen.gateways[0]
        cookies = "; ".join(f"{name}={value}" for name, value in stage.screen.cookies.items())
        headers = {"Cookie": cookies, "Origin": base}
        async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False) as http:
            stage.notes += await _unread(http, stage)
        stage.notes += await _not_resumed(base, headers, stage)


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
        answer = await http.get(PATH + path, params=query)
        if answer.status_code != httpx.codes.OK:
            notes.append(f"while Redis was full GET {path} {query} answered {answer.status_code}")
    return notes


async def _not_resumed(base: str, headers: dict[str, str], stage: Stage) -> list[str]:
    epoch, seq = stage.screen.place or ("", 0)
    address = base.replace("http", "ws", 1) + f"{PATH}ws?epoch={epoch}&seq={seq}"
    try:
        async with (
            asyncio.timeout(_WITHIN_S),
            connect(address, additional_headers=headers, max_size=None, compression=None) as ws,
        ):
            hello = orjson.loads(await ws.recv())
    except (OSError, WebSocketException, TimeoutError) as error:
        return [f"while Redis was full a new socket got {error!r}"]
    return [] if hello.get("recovered") else [f"while Redis was full a socket did not resume: {hello}"]
