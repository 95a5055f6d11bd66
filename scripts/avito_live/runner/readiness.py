"""Waits until a part is ready."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import BusyLoadingError, RedisError

_PAUSE_S = 0.02
_ANSWERS_WITHIN_S = 5.0


async def wait_until_ready(url: str, seconds: float, alive: Callable[[], bool] = lambda: True) -> str:
    """Wait for a part; return "", or the reason why it is not ready after `seconds` or its death.

    `url`: of a Redis that answers PING once its data is loaded, else a page that answers 200 over plain HTTP.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    ask = _ping if url.startswith("redis:") else _get
    while trouble := await ask(url):
        if not alive() or loop.time() >= deadline:
            return trouble
        await asyncio.sleep(_PAUSE_S)
    return ""


async def _get(url: str) -> str:
    """Ask by hand: an HTTP client takes longer to import than a service to get ready."""
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN_S):
            answer = await _answer(url)
    except (OSError, ValueError) as error:
        return f"no answer at {url} ({type(error).__name__})"
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head[9:12].decode("latin-1")
    return "" if status == "200" else f"{url} says {status} {body.decode('utf-8', 'replace').strip()[:200]}"


async def _answer(url: str) -> bytes:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        return await reader.read()
    finally:
        writer.close()


async def _ping(url: str) -> str:
    try:
        async with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            await client.ping()
    except BusyLoadingError:
        return "it is still loading its data"
    except (RedisError, OSError) as error:
        return str(error) or type(error).__name__
    return ""
