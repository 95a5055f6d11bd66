"""Waits until a part is ready."""

import asyncio
from collections.abc import Callable

from redis.asyncio import Redis
from redis.exceptions import BusyLoadingError, RedisError

_PAUSE_S = 0.05


async def wait_until_ready(url: str, seconds: float, alive: Callable[[], bool] = lambda: True) -> str:
    """Wait for a part; return "", or the reason why it is not ready after `seconds` or its death.

    `url`: of a Redis that answers PING once its data is loaded, else a page that answers 200.
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
    import httpx2  # noqa: PLC0415 - commands that wait for a Redis at most start sooner without it

    try:
        async with httpx2.AsyncClient(trust_env=False, timeout=5, verify=False) as http:  # no TLS
            answer = await http.get(url)
    except httpx2.HTTPError as error:
        return f"no answer at {url} ({type(error).__name__})"
    return "" if answer.status_code == 200 else f"{url} says {answer.status_code} {answer.text.strip()[:200]}"


async def _ping(url: str) -> str:
    try:
        async with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            await client.ping()
    except BusyLoadingError:
        return "it is still loading its data"
    except (RedisError, OSError) as error:
        return str(error) or type(error).__name__
    return ""
