"""Keeps demo data and real data apart in a Redis that the user provides.

The demo marks the Redis that it fills. The mark alone does not decide: Redis may hold real data since.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from redis.asyncio import Redis
from redis.exceptions import RedisError

from avito_live.erasure import chats
from avito_live.erasure.accounts import remove_account
from avito_live.runner.errors import RunError
from avito_live.runner.parts import SIMULATOR_KEYS
from shared.redis import connection, keys

ACCOUNT = int(SIMULATOR_KEYS["AVITO_USER_ID"])
Step: TypeAlias = Literal["start", "mark", "refuse", "empty", "part"]

_REFUSED = (
    "the Redis at REDIS_URL holds data that no demo has marked as its own, and no AVITO_… keys are set: "
    "set them, or leave REDIS_URL out for the demo."
)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a Redis holds. `real`: a worker of a real account has used it; `people`: operators and tokens."""

    any: bool = False
    marked: bool = False
    real: bool = False
    accounts: frozenset[int] = frozenset()
    people: int = 0


def choose(held: Contents, *, demo: bool) -> Step:
    """Decide what a start does first. Pure.

    `empty`: everything belongs to the demo (one operator, no real account), so all of it is removed. `part`:
    the demo's account is removed, the rest stays.
    """
    real = held.real or bool(held.accounts - {ACCOUNT})
    if demo:
        if held.marked and not real:
            return "start"
        return "refuse" if held.any else "mark"
    if not held.marked:
        return "start"
    return "part" if real or held.people > 1 else "empty"


async def prepare(url: str, *, demo: bool, account: str = "") -> str | None:
    """Prepare the Redis at this URL and return a sentence about what was done.

    `account`: the one in the settings. Raises RunError when a demo would mix with real data, and when Redis
    does not answer.
    """
    try:
        async with connection.connect(url, names_epoch=False) as redis:
            return await _take(redis, choose(await look(redis), demo=demo), account)
    except (RedisError, OSError, ValueError) as error:
        raise RunError(
            f"the Redis at REDIS_URL does not answer ({error}): start it, or leave REDIS_URL out "
            "to have one started."
        ) from error


async def look(redis: Redis) -> Contents:
    """Look at what a Redis holds. Raises RedisError."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.exists(keys.DEMO)
        pipe.execute_command("HGET", keys.FACTS, "demo")
        pipe.execute_command("SMEMBERS", keys.ACCOUNTS)
        pipe.execute_command("HLEN", keys.OPERATORS)
        pipe.execute_command("HLEN", keys.TOKENS)
        marked, said, accounts, operators, tokens = await pipe.execute()
    return Contents(
        any=await anext(_ours(redis), None) is not None,
        marked=bool(marked),
        real=said == b"0",
        accounts=frozenset(map(int, accounts)),
        people=operators + tokens,
    )


def _ours(redis: Redis) -> AsyncIterator[bytes]:
    """Return all our keys except the mark."""
    found = redis.scan_iter(match=f"{keys.PREFIX}:*", count=1000)
    return (name async for name in found if name != keys.DEMO.encode())


async def _take(redis: Redis, step: Step, account: str) -> str | None:
    match step:
        case "refuse":
            raise RunError(_REFUSED, code=2)
        case "mark":
            await redis.set(keys.DEMO, "1")
        case "empty":
            async for name in _ours(redis):
                await redis.unlink(name)
            await redis.delete(keys.DEMO)  # last, so that an interrupted removal is repeated
            return "The demo's messages were removed from Redis."
        case "part":
            if account.strip() != str(ACCOUNT):
                await remove_account(redis, ACCOUNT)
                await chats.begin_epoch(redis)
            await redis.delete(keys.DEMO)
            return "The demo's chats were removed from Redis; everything else stays."
    return None
