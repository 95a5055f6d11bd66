"""What the demo needs beside the services: a Redis of its own, some quick replies.

The demo marks the Redis that it fills, if the user provides one. The mark alone does not decide whether its
data may be removed: Redis may hold real data since.
"""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_hex

from redis.asyncio import Redis
from redis.exceptions import RedisError

from avito_live.erasure.accounts import remove_account
from avito_live.runner.errors import RunError
from avito_live.runner.parts import SIMULATOR_KEYS
from push_gateway.features.quick_replies import csv_table, repository
from push_gateway.features.quick_replies.catalogue import Catalogue, Edit, Stamp, merge
from shared.process.redis_trouble import in_words
from shared.redis import connection, keys

_FILE = Path(__file__).with_name("demo_quick_replies.csv")
ACCOUNT = int(SIMULATOR_KEYS["AVITO_USER_ID"])
_REFUSED = (
    "the Redis at REDIS_URL holds data that no demo has marked as its own, and no AVITO_… keys are set: "
    "set them, or leave REDIS_URL out for the demo."
)


async def prepare(url: str, *, demo: bool, account: str = "") -> str | None:
    """Prepare the Redis at this URL and return a sentence about what was done.

    `account`: the one in the settings. Raises RunError when a demo would mix with real data, and when Redis
    does not answer.
    """
    try:
        async with connection.connect(url, names_epoch=False) as redis:
            marked, has_real_account, people = await _look(redis)
            if demo:
                if not marked or has_real_account:
                    await _mark(redis)
                return None
            if not marked:
                return None
            if has_real_account or people > 1:
                return await _remove_account(redis, account)
            return await _empty(redis)
    except (RedisError, OSError, ValueError) as error:
        raise RunError(
            "the Redis at REDIS_URL does not answer: "
            f"{in_words(error, 'start it, or leave REDIS_URL out to have one started')}."
        ) from error


async def add_quick_replies(redis_url: str) -> None:
    """Add some quick replies for the demo unless there are any. Raises RunError."""
    rows = [(token_hex(6), row) for row in csv_table.read(_FILE.read_bytes()).rows]
    stamp = Stamp("demo", round(time.time(), 3))

    def decide(known: Catalogue) -> Edit:
        return Edit() if known else merge(known, rows, stamp)

    try:
        async with connection.connect(redis_url, names_epoch=False) as redis:
            await repository.save(redis, decide)
    except (RedisError, OSError) as error:
        raise RunError(f"the demo's quick replies could not be stored: {error}") from error


async def _look(redis: Redis) -> tuple[bool, bool, int]:
    """Tell if a demo marked it, if a real account used it, and how many operators and tokens it has."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.exists(keys.DEMO)
        pipe.hget(keys.FACTS, "demo")
        pipe.smembers(keys.ACCOUNTS)
        pipe.hlen(keys.OPERATORS)
        pipe.hlen(keys.TOKENS)
        marked, demo, accounts, operators, tokens = await pipe.execute()
    return bool(marked), demo == b"0" or bool({*map(int, accounts)} - {ACCOUNT}), operators + tokens


def _ours(redis: Redis) -> AsyncIterator[bytes]:
    """Return all our keys except the mark."""
    found = redis.scan_iter(match=f"{keys.PREFIX}:*", count=1000)
    return (name async for name in found if name != keys.DEMO.encode())


async def _mark(redis: Redis) -> None:
    if await anext(_ours(redis), None) is not None:
        raise RunError(_REFUSED, code=2)
    await redis.set(keys.DEMO, "1")


async def _empty(redis: Redis) -> str:
    """Remove everything: all of it belongs to the demo."""
    async for name in _ours(redis):
        await redis.unlink(name)
    await redis.delete(keys.DEMO)  # last, so that an interrupted removal is repeated
    return "The demo's messages were removed from Redis."


async def _remove_account(redis: Redis, account: str) -> str:
    if account.strip() != str(ACCOUNT):
        await remove_account(redis, ACCOUNT)
    await redis.delete(keys.DEMO)
    return "The demo's chats were removed from Redis; everything else stays."
