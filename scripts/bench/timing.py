"""Times messages from the POST at ingest to the frame at a WebSocket, and reads of the panel."""

import asyncio
import re
import time
from contextlib import suppress
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection

from bench import webhooks
from bench.poster import Poster
from testbed import ACCOUNT

_ID = re.compile(rb'"id":"(timed-[^"]+)"')
_LATEST_S = 10.0
_PAUSE_S = 0.002


@dataclass(frozen=True, slots=True)
class Load:
    """Messages of one run: how many, and how many a second. `run` makes their ids unique."""

    run: str
    count: int
    rate: float


async def time_messages(
    posters: list[Poster], path: str, ws: ClientConnection, chats: list[str], load: Load
) -> list[float]:
    """Post webhooks at the rate, regardless of the answers.

    Returns the milliseconds from the first byte of the POST to the complete frame of each message that
    arrived. Raises RuntimeError if a webhook was not answered 200.
    """
    posted: dict[str, float] = {}
    seen: dict[str, float] = {}
    hearing = asyncio.create_task(_hear(ws, posted, seen, load.count))
    created, began, answers = int(time.time()), time.perf_counter(), []
    for number in range(load.count):
        name = f"timed-{load.run}-{number}"
        body = webhooks.body(ACCOUNT, chats[number % len(chats)], name, created)
        if (left := began + number / load.rate - time.perf_counter()) > 0:
            await asyncio.sleep(left)
        posted[name] = time.perf_counter()
        answers.append(posters[number % len(posters)].send(webhooks.request(path, body)))
    if refused := {status for status in await asyncio.gather(*answers) if status != 200}:
        raise RuntimeError(f"webhooks were answered {refused}")
    with suppress(TimeoutError):
        await asyncio.wait_for(hearing, _LATEST_S)
    return [(at - posted[name]) * 1000 for name, at in seen.items()]


async def _hear(ws: ClientConnection, posted: dict[str, float], seen: dict[str, float], count: int) -> None:
    while len(seen) < count:
        frame = await ws.recv(decode=False)
        at = time.perf_counter()
        for found in _ID.findall(frame):
            if (name := found.decode()) in posted:
                seen.setdefault(name, at)


async def time_reads(url: str, path: str, cookie: str, count: int) -> list[float]:
    """Return the milliseconds of GETs, one after the other. Raises RuntimeError if one is refused."""
    poster, took = await Poster.to(url), []
    request = f"GET {path} HTTP/1.1\r\nHost: bench\r\nCookie: {cookie}\r\n\r\n".encode()
    for _ in range(count):
        began = time.perf_counter()
        if (status := await poster.send(request)) != 200:
            raise RuntimeError(f"{path} was answered {status}")
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(_PAUSE_S)
    poster.close()
    return took
