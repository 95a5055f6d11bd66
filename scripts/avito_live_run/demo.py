"""The demo's own steps: the webhook at the simulator, and no demo data left in anybody's Redis."""

import httpx
from redis.asyncio import Redis
from redis.exceptions import RedisError

from avito_live_run.parts import SIMULATOR_KEYS
from avito_live_run.problem import ProblemError
from shared import keys, redis_link


async def subscribe(http: httpx.AsyncClient, api_url: str, webhook_url: str) -> None:
    """Let the simulator post its messages to us. Raises ProblemError."""
    form = {
        "grant_type": "client_credentials",
        "client_id": SIMULATOR_KEYS["AVITO_CLIENT_ID"],
        "client_secret": SIMULATOR_KEYS["AVITO_CLIENT_SECRET"],
    }
    try:
        answer = await http.post(f"{api_url}/token", data=form)
        headers = {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}
        answer = await http.post(
            f"{api_url}/messenger/v3/webhook", json={"url": webhook_url}, headers=headers
        )
        answer.raise_for_status()
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise ProblemError(
            f"the simulator took no subscription: {error} (log: var/log/simulator.log)"
        ) from error


async def prepare_redis(url: str, *, demo: bool) -> str | None:
    """Keep demo and real data apart in a Redis that is not ours; return what was done, in words.

    A demo marks the Redis it fills; the first real start empties a marked one. Raises ProblemError when
    a demo would mix with real data, and when Redis does not answer.
    """
    try:
        async with redis_link.connect(url, names_epoch=False) as redis:
            return await _prepare(redis, demo=demo)
    except (RedisError, OSError, ValueError) as error:
        raise ProblemError(
            f"the Redis at REDIS_URL does not answer ({error}): start it, or leave REDIS_URL out "
            "to have one started."
        ) from error


async def _prepare(redis: Redis, *, demo: bool) -> str | None:
    marked = await redis.exists(keys.DEMO)
    if demo and not marked:
        if await redis.exists(keys.JOURNAL, keys.ACCOUNTS, keys.INBOX):
            raise ProblemError(
                "the Redis at REDIS_URL holds a real account's messages, and no AVITO_… keys are set: "
                "set them, or leave REDIS_URL out for the demo.",
                code=2,
            )
        await redis.set(keys.DEMO, "1")
    if marked and not demo:
        async for key in redis.scan_iter(match=f"{keys.PREFIX}:*", count=1000):
            if key != keys.DEMO.encode():
                await redis.unlink(key)
        await redis.delete(keys.DEMO)  # last: an interrupted removal is done again
        return "The demo's messages were removed from Redis."
    return None
