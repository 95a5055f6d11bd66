"""Times messages from the POST at ingest to the frame at a WebSocket, and reads of the panel."""

import asyncio
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection

from bench import webhooks
from testbed import ACCOUNT

_ID = re.compile(rb'"id":"(timed-[^"]+)"')
_LATEST_S = 10.0
_PAUSE_S = 0.002
_CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Load:
    """Messages of one run: how many, and how many a second. `run` makes their ids unique."""

    run: str
    count: int
    rate: float


async def time_messages(url: str, ws: ClientConnection, chats: list[str], load: Load) -> list[float]:
    """Post webhooks over some connections at the rate, regardless of the answers.

    Returns the milliseconds from the first byte of the POST to the complete frame of each message that
    arrived. Raises RuntimeError if a webhook was not answered 200.
    """
    posted: dict[str, float] = {}
    seen: dict[str, float] = {}
    hearing = asyncio.create_task(_hear(ws, posted, seen, load.count))
    connections = [await _connect(url) for _ in range(_CONNECTIONS)]
    path, created, began = urlsplit(url).path, int(time.time()), time.perf_counter()
    for number in range(load.count):
        name = f"timed-{load.run}-{number}"
        body = webhooks.body(ACCOUNT, chats[number % len(chats)], name, created)
        if (left := began + number / load.rate - time.perf_counter()) > 0:
            await asyncio.sleep(left)
        posted[name] = time.perf_counter()
        connections[number % _CONNECTIONS][1].write(webhooks.request(path, body))
    for number in range(load.count):
        await _read_answer(connections[number % _CONNECTIONS][0])
    for _, writer in connections:
        writer.close()
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


async def time_reads(url: str, cookie: str, count: int) -> list[float]:
    """Return the milliseconds of GETs, one after the other. Raises RuntimeError if one is refused."""
    (reader, writer), took = await _connect(url), []
    request = f"GET {urlsplit(url).path} HTTP/1.1\r\nHost: bench\r\nCookie: {cookie}\r\n\r\n".encode()
    for _ in range(count):
        began = time.perf_counter()
        writer.write(request)
        await _read_answer(reader)
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(_PAUSE_S)
    writer.close()
    return took


async def _connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", urlsplit(url).port, limit=1024 * 1024)


async def _read_answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200 "):
        raise RuntimeError(f"a request was answered {head!r}")
    await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
