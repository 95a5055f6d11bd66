"""The panel's WebSocket through the proxy: whether it opens, and stays open for some seconds."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
from redis.asyncio import Redis
from redis.exceptions import RedisError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException

from avito_live.doctor.rows import Row, row
from push_gateway.auth import operators
from push_gateway.auth.access import COOKIE, PATH
from push_gateway.auth.sessions import MOST, Sessions

HELD_S = 5.0
_PATIENCE_S = 4.0
_FOREIGN_ORIGIN, _NO_SESSION = 4403, 4401


@dataclass(frozen=True, slots=True)
class SocketFacts:
    """What became of a WebSocket. `code`: of its end, if the other side closed it; `error`: it did not open.

    `held_s`: how long it stayed open, None if it was to be closed at once, as without a session it is.
    """

    code: int | None = None
    error: str = ""
    silent: bool = False
    held_s: float | None = None


def judge(facts: SocketFacts) -> Row:
    """Return the row. Pure."""
    if facts.error:
        name = "websocket_silent" if facts.silent else "websocket_not_upgraded"
        return row(name, error=facts.error)
    if facts.code == _FOREIGN_ORIGIN:
        return row("websocket_origin")
    if facts.held_s is None:
        if facts.code in (None, _NO_SESSION):
            return row("websocket_opens")
        return row("websocket_not_upgraded", error=facts.code)
    if facts.held_s < HELD_S:
        return row("websocket_cut", seconds=round(facts.held_s, 1))
    return row("websocket_right")


async def check(url: str, redis: Redis | None, session_secret: str) -> Row:
    """Open the WebSocket of the panel beside our webhook, if it can be with a session of some seconds."""
    async with _session(redis, session_secret) as cookie:
        return judge(await _try(url, cookie))


async def _try(url: str, cookie: str) -> SocketFacts:
    parts = urlsplit(url)
    tls = httpx2.create_ssl_context() if parts.scheme == "https" else None
    place = f"{'wss' if tls else 'ws'}://{parts.netloc}{PATH}ws"
    headers = {"Origin": f"{parts.scheme}://{parts.netloc}", **({"Cookie": cookie} if cookie else {})}
    try:
        async with connect(
            place, ssl=tls, additional_headers=headers, open_timeout=_PATIENCE_S, close_timeout=1
        ) as socket:
            return await _hold(socket, held=bool(cookie))
    except InvalidStatus as error:
        return SocketFacts(error=str(error.response.status_code))
    except (InvalidHandshake, WebSocketException) as error:
        return SocketFacts(error=type(error).__name__)
    except (OSError, TimeoutError) as error:
        return SocketFacts(error=type(error).__name__, silent=True)


async def _hold(socket: ClientConnection, *, held: bool) -> SocketFacts:
    """Read until the other side closes it, or for HELD_S; then a ping must be answered."""
    began = time.monotonic()
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(HELD_S):
                while True:
                    await socket.recv()
        async with asyncio.timeout(_PATIENCE_S):
            await (await socket.ping())
    except ConnectionClosed as closed:
        code = closed.rcvd.code if closed.rcvd else None
        if held and code in (_NO_SESSION, _FOREIGN_ORIGIN):
            return SocketFacts(code)
        return SocketFacts(code, held_s=time.monotonic() - began if held else None)
    except TimeoutError:
        return SocketFacts(held_s=0.0)
    return SocketFacts(held_s=HELD_S)


@asynccontextmanager
async def _session(redis: Redis | None, secret: str) -> AsyncIterator[str]:
    """Yield a cookie of a session that ends with the block, "" where none can be opened."""
    sessions, token = Sessions(redis, secret.encode()) if redis and secret else None, ""
    with suppress(RedisError, OSError):
        token = await _open(sessions, redis) if sessions and redis else ""
    try:
        yield f"{COOKIE}={token}" if token else ""
    finally:
        if sessions and token:
            with suppress(RedisError, OSError):
                await sessions.end(sessions.digest(token))


async def _open(sessions: Sessions, redis: Redis) -> str:
    """Open a session of the first operator who may have one more."""
    for operator in (await operators.all_operators(redis)).values():
        if not operator.disabled and len(await sessions.of(operator.name)) < MOST:
            return await sessions.open(operator, "127.0.0.1", "make doctor")
    return ""
