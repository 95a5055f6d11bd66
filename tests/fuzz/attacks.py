"""Runs the attacks over many connections, counts the answers and notices missing ones."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from random import Random
from urllib.parse import urlsplit

import httpx

from testbed import ACCOUNT
from tests.fuzz import bodies, frames, pictures
from tests.fuzz.stage import Figures, Stage
from tests.push_gateway.panel import PATH

WITHIN_S = 20.0
_AT_ONCE = 24
_NO_ANSWERS = {"silence", "cut", "refused"}
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def webhooks(stage: Stage, figures: Figures, number: int, seed: int) -> None:
    """Post hostile webhooks at ingest, half of them with the right secret."""
    url = urlsplit(stage.system.webhook_url)
    paths = (url.path, url.path.rpartition("/")[0], f"{url.path}/x", f"{url.path.rpartition('/')[0]}/%00%ff")
    numbers = iter(range(number))

    async def attacker(dice: Random) -> None:
        connection: Connection | None = None
        for one in numbers:
            post = bodies.make_post(dice, dice.choice((url.path, *paths)), ACCOUNT, one)
            connection = connection or await _connect(url.hostname, url.port)
            outcome, usable = await _exchange(connection, post)
            figures.count(outcome)
            if outcome == "silence" or (outcome == "cut" and post.framed):
                figures.faults.append(f"a post ended with {outcome}: {post.head[:300]!r}")
            if not usable:
                await _hang_up(connection)
                connection = None
        if connection:
            await _hang_up(connection)

    await _on_all_lanes(attacker, seed)


async def sockets(stage: Stage, figures: Figures, number: int, seed: int) -> None:
    """Send hostile frames over sockets of a logged-in browser."""
    url = urlsplit(stage.system.url("gateway"))
    numbers = iter(range(number))

    async def attacker(dice: Random) -> None:
        for _ in numbers:
            outcome = await _one_socket(dice, url.hostname, url.port, stage.cookie)
            figures.count(outcome)
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
        except httpx.HTTPError as error:
            outcome = type(error).__name__
        figures.count(outcome)
        taken = outcome == "202"
        if (upload.taken is not None and taken != upload.taken) or not outcome.startswith(("2", "4")):
            figures.faults.append(f"{upload.name}: {outcome}")


async def _on_all_lanes(attacker: Callable[[Random], Awaitable[None]], seed: int) -> None:
    await asyncio.gather(*(attacker(Random(f"{seed}:{lane}")) for lane in range(_AT_ONCE)))


async def _connect(host: str | None, port: int | None) -> Connection:
    return await asyncio.open_connection(host, port, limit=1024 * 1024)


async def _hang_up(connection: Connection) -> None:
    connection[1].transport.abort()
    try:
        await connection[1].wait_closed()
    except OSError:
        return


async def _exchange(connection: Connection, post: bodies.Post) -> tuple[str, bool]:
    """Send and read the answer; returns its status and whether the connection can be used again."""
    reader, writer = connection
    try:
        async with asyncio.timeout(WITHIN_S):
            writer.write(post.head + post.body)
            if not post.framed:
                writer.write_eof()
            head, status = b"", "100"
            while status == "100":
                head = await reader.readuntil(b"\r\n\r\n")
                status = head.split(b" ", 2)[1].decode()
            length = re.search(rb"^content-length: *(\d+)", head.lower(), re.MULTILINE)
            if length is None or not post.framed:
                return status, False
            await reader.readexactly(int(length[1]))
            return status, b"connection: close" not in head.lower()
    except TimeoutError:
        return "silence", False
    except (OSError, asyncio.IncompleteReadError):
        return "cut", False


async def _one_socket(dice: Random, host: str | None, port: int | None, cookie: str) -> str:
    hello, sound = frames.handshake(dice, f"{host}:{port}", cookie)
    connection = await _connect(host, port)
    reader, writer = connection
    try:
        async with asyncio.timeout(WITHIN_S):
            writer.write(hello)
            answer = await reader.readuntil(b"\r\n\r\n")
            status = answer.split(b" ", 2)[1].decode()
            if status != "101":
                return "refused" if sound else status
            writer.write(frames.sequence(dice) + frames.GOODBYE)
            return await _close_code(reader)
    except TimeoutError:
        return "silence"
    except (OSError, asyncio.IncompleteReadError):
        return "cut"
    finally:
        await _hang_up(connection)


async def _close_code(reader: asyncio.StreamReader) -> str:
    """Read to the end; returns the code of the close frame, `cut` without one."""
    while True:
        first, second = await reader.readexactly(2)
        size = second & 0x7F
        if size >= 126:
            size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
        payload = await reader.readexactly(size)
        if first & 0x0F == 8:
            return f"close {int.from_bytes(payload[:2], 'big') or ''}".strip()
