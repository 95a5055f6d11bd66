"""Measures the time of messages from the POST at ingest to the frame at a WebSocket, at a given rate."""

import asyncio
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection

from bench import webhooks
from bench.poster import Poster

_ID = re.compile(rb'"id":"(way-[^"]+)"')
_LATEST_S = 10.0


@dataclass(slots=True)
class Timings:
    """The times of the messages of one run: seconds by message id."""

    posted: dict[str, float] = field(default_factory=dict)
    accepted: dict[str, float] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)

    def from_post(self) -> list[float]:
        """Return the seconds from the first byte of the POST to the complete frame of each message."""
        return [self.seen[name] - at for name, at in self.posted.items() if name in self.seen]

    def from_accepted(self) -> list[float]:
        """Return the seconds from the 200 to the frame; negative if the frame was faster."""
        return [self.seen[name] - at for name, at in self.accepted.items() if name in self.seen]

    @property
    def missing(self) -> int:
        """The number of messages that did not arrive."""
        return len(self.posted) - len(self.seen)


async def measure(
    posters: list[Poster],
    path: str,
    ws: ClientConnection,
    *,
    account: int,
    chats: list[str],
    count: int,
    rate: float,
    run: str,
) -> Timings:
    """Post `count` webhooks at `rate` a second, regardless of the answers, and time their arrival."""
    way = Timings()
    hearing = asyncio.create_task(_hear(ws, way, count))
    created = int(time.time())
    began = time.perf_counter()
    answers = []
    for number in range(count):
        name = f"way-{run}-{number}"
        body = webhooks.body(account, chats[number % len(chats)], name, created)
        await _sleep_until(began + number / rate)
        way.posted[name] = time.perf_counter()
        answer = posters[number % len(posters)].send(webhooks.request(path, body))
        answers.append(asyncio.create_task(_note(answer, way, name)))
    await asyncio.gather(*answers)
    try:
        async with asyncio.timeout(_LATEST_S):
            await hearing
    except TimeoutError:
        hearing.cancel()
    return way


def address(url: str) -> tuple[str, int]:
    """Return host and port."""
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 80


async def _hear(ws: ClientConnection, way: Timings, count: int) -> None:
    while len(way.seen) < count:
        frame = await ws.recv(decode=False)
        at = time.perf_counter()
        for found in _ID.findall(frame):
            name = found.decode()
            if name in way.posted:
                way.seen.setdefault(name, at)


async def _note(answer: asyncio.Future[int], way: Timings, name: str) -> None:
    status = await answer
    way.accepted[name] = time.perf_counter()
    if status != 200:
        raise RuntimeError(f"{name} was answered {status}")


async def _sleep_until(at: float) -> None:
    """Sleep, as precisely as the timer of the loop allows (1 ms)."""
    if (left := at - time.perf_counter()) > 0:
        await asyncio.sleep(left)
