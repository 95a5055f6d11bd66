"""Runs the attacks over many connections, counts the answers and notices missing ones."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from random import Random
from urllib.parse import urlsplit

import httpx2
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake
from websockets.frames import CloseCode

from tests.fuzz import bodies, frames, pictures
from tests.fuzz.stage import Figures, Stage
from tests.push_gateway.panel import PATH

WITHIN_S = 20.0
_AT_ONCE = 24
_NO_ANSWERS = {"silence", "cut", "refused"}


async def webhooks(stage: Stage, figures: Figures, number: int, seed: int) -> None:
    """Post hostile webhooks at ingest, half of them with the right secret."""
    url = urlsplit(stage.system.webhook_url)
    folder = url.path.rpartition("/")[0]
    paths = (url.path, url.path, folder, f"{url.path}/x", f"{folder}/%00%ff")
    numbers = iter(range(number))

    async def attacker(dice: Random) -> None:
        reader, writer = await _connect(url.netloc)
        for one in numbers:
            post = bodies.make_post(dice, dice.choice(paths), one)
            if writer.is_closing():
                reader, writer = await _connect(url.netloc)
            outcome = await _outcome(_exchange(reader, writer, post))
            figures.outcomes[outcome] += 1
            if outcome == "silence" or (outcome == "cut" and post.framed):
                figures.faults.append(f"a post ended with {outcome}: {post.head[:300]!r}")
            if outcome in _NO_ANSWERS:
                writer.transport.abort()
        writer.transport.abort()

    await _on_all_lanes(attacker, seed)


async def sockets(stage: Stage, figures: Figures, number: int, seed: int) -> None:
    """Send hostile frames over sockets of a logged-in browser."""
    host = urlsplit(stage.system.url("gateway")).netloc
    numbers = iter(range(number))

    async def attacker(dice: Random) -> None:
        for _ in numbers:
            if dice.random() < 0.9:
                ended = _converse(stage.panel.connect(dice.choice(frames.QUERIES)), frames.sequence(dice))
            else:
                ended = _status_of(host, frames.invalid_handshake(dice, host, stage.panel.cookie))
            outcome = await _outcome(ended)
            figures.outcomes[outcome] += 1
            if outcome in _NO_ANSWERS:
                figures.faults.append(f"a socket ended with {outcome}")

    await _on_all_lanes(attacker, seed)


async def uploads(stage: Stage, figures: Figures, mutations: int, seed: int) -> None:
    """Upload invalid and harmful pictures."""
    dice = Random(seed)
    url = f"{PATH}api/chats/{stage.target}/images"
    for number, upload in enumerate(pictures.corpus(dice, mutations)):
        body = upload.body.replace(b"{ref}", b"fuzz-%d-%d" % (seed, number))
        headers = {"Content-Type": upload.content_type.decode("latin-1")}
        try:
            answer = await stage.panel.http.post(url, content=body, headers=headers)
            outcome = str(answer.status_code)
        except httpx2.HTTPError as error:
            outcome = type(error).__name__
        figures.outcomes[outcome] += 1
        taken = outcome == "202"
        if (upload.taken is not None and taken != upload.taken) or not outcome.startswith(("2", "4")):
            figures.faults.append(f"{upload.name}: {outcome}")


async def _on_all_lanes(attacker: Callable[[Random], Awaitable[None]], seed: int) -> None:
    await asyncio.gather(*(attacker(Random(f"{seed}:{lane}")) for lane in range(_AT_ONCE)))


async def _connect(host: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    name, _, port = host.partition(":")
    return await asyncio.open_connection(name, port, limit=1024 * 1024)


async def _outcome(answer: Awaitable[str]) -> str:
    """Return an answer, or why there is none."""
    try:
        return await asyncio.wait_for(answer, WITHIN_S)
    except TimeoutError:
        return "silence"
    except InvalidHandshake:
        return "refused"
    except (OSError, asyncio.IncompleteReadError):
        return "cut"


async def _converse(socket: connect, sequence: bytes) -> str:
    """Write bytes over an open socket, and return the code with which the server closes it."""
    async with socket as ws:
        ws.transport.write(sequence)
        await ws.wait_closed()
        return "cut" if ws.close_code == CloseCode.ABNORMAL_CLOSURE else f"close {ws.close_code}"


async def _status_of(host: str, request: bytes) -> str:
    reader, writer = await _connect(host)
    try:
        writer.write(request)
        return (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1].decode()
    finally:
        writer.transport.abort()


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, post: bodies.Post) -> str:
    """Send and return the status; the connection is closed where it cannot be used again."""
    writer.write(post.head + post.body)
    if not post.framed:
        writer.write_eof()
    status = "100"
    while status == "100":
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = head.split(b" ", 2)[1].decode()
    length = re.search(rb"^content-length: *(\d+)", head, re.MULTILINE)
    if length:
        await reader.readexactly(int(length[1]))
    if not (length and post.framed) or b"connection: close" in head:
        writer.transport.abort()
    return status
