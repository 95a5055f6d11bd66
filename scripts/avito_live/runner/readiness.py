"""Waits until a part is ready."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
from redis.asyncio import Redis
from redis.exceptions import BusyLoadingError, RedisError

_PAUSE_S = 0.1

# Returns None if the part is ready, or the reason why it is not.
Ask = Callable[[], Awaitable[str | None]]


def by_http(client: httpx.AsyncClient, url: str) -> Ask:
    """Return a check of a URL that answers 200 once the part is ready."""

    async def ask() -> str | None:
        try:
            answer = await client.get(url)
        except httpx.HTTPError as error:
            return f"no answer at {url} ({type(error).__name__})"
        return (
            None
            if answer.status_code == 200
            else f"{url} says {answer.status_code} {answer.text.strip()[:200]}"
        )

    return ask


def by_ping(url: str) -> Ask:
    """Return a check of a Redis, which is ready once its data is loaded."""

    async def ask() -> str | None:
        try:
            async with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
                await client.ping()
        except BusyLoadingError:
            return "it is still loading its data"
        except (RedisError, OSError) as error:
            return str(error) or type(error).__name__
        return None

    return ask


async def wait_until(ask: Ask, seconds: float) -> str | None:
    """Wait until the check passes; return None, or the last reason after `seconds`."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while (trouble := await ask()) is not None and loop.time() < deadline:  # noqa: ASYNC110 # another process
        await asyncio.sleep(_PAUSE_S)
    return trouble
