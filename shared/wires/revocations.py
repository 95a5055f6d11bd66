"""Access that has ended: tokens revoked, operators disabled, owners demoted, passwords changed.

Kept in keys.ACCESS_ENDED, which a backup contains; the scripts also write it to `var/access-ended.jsonl`, so
that a restored backup revives no access that ended after it was made. No secrets.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.redis.lua import scripts

log = logging.getLogger("shared.access_ended")

What = Literal["token", "operator", "owner", "password"]
"""The token with this id · this operator's login · an owner's rights · the previous password."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """Access of `who` (a token's id or an operator's name). `at`: Unix time; `over` False: granted again."""

    what: What
    who: str
    at: float
    over: bool = True


async def record(redis: Redis, ended: Iterable[Revocation]) -> None:
    """Record revocations, in a full Redis too. Raises RedisError."""
    if fields := {f"{one.what} {one.who}": orjson.dumps([one.at, one.over]) for one in ended}:
        await scripts.record_revocations(ended=fields).run(redis)


async def try_record(redis: Redis, ended: Collection[Revocation]) -> None:
    """Record revocations that are done already: an error of Redis is only logged."""
    try:
        await record(redis, ended)
    except (RedisError, OSError) as error:
        named = [f"{one.what} {one.who}" for one in ended]
        log.warning("shared.access_ended.not_noted", extra={"ended": named, "error": repr(error)})


def read(fields: Mapping[bytes, bytes]) -> list[Revocation]:
    """Read the hash."""
    found = []
    for name, value in fields.items():
        what, _, who = name.decode().partition(" ")
        at, over = orjson.loads(value)
        found.append(Revocation(cast("What", what), who, at, over))
    return found


def newer_than(known: Iterable[Revocation], held: Iterable[Revocation]) -> list[Revocation]:
    """Return the newest `known` revocation of each access that is newer than the one `held`. Pure."""
    since = {(one.what, one.who): one.at for one in held}
    newest: dict[tuple[str, str], Revocation] = {}
    for one in known:
        what = (one.what, one.who)
        if one.at > since.get(what, 0.0) and (what not in newest or one.at >= newest[what].at):
            newest[what] = one
    return list(newest.values())
