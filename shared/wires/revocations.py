"""What ended of anybody's access: tokens revoked, operators disabled, owners demoted, passwords changed.

Kept in keys.ACCESS_ENDED, where a backup brings it back with what it speaks of; the scripts write it into
`var/access-ended.jsonl` as well, so that a restored backup revives nothing that ended after it. No secrets.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.redis import keys, lua

log = logging.getLogger("shared.access_ended")
_NOTE = lua.load("record_revocations")

What = Literal["token", "operator", "owner", "password"]
"""The token with this id · this operator may log in · may manage · by the password of before."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """Access of `who` (a token's id or an operator's name); `at` Unix seconds, `over` False: given again."""

    what: What
    who: str
    at: float
    over: bool = True


def write(ended: Iterable[Revocation]) -> list[str | bytes]:
    """Return fields and values of the hash, flat."""
    return [part for one in ended for part in (f"{one.what} {one.who}", orjson.dumps([one.at, one.over]))]


async def record(redis: Redis, ended: Iterable[Revocation]) -> None:
    """Write down what has ended, in a full Redis too. Raises RedisError."""
    if flat := write(ended):
        await _NOTE.run(redis, [keys.ACCESS_ENDED], list(flat))


async def try_record(redis: Redis, ended: Collection[Revocation]) -> None:
    """Write down what was ended a moment ago. That Redis does not take this undoes nothing: it is logged."""
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
    """Return the newest of what is `known` of each access, where `held` has nothing as new. Pure."""
    since = {(one.what, one.who): one.at for one in held}
    newest: dict[tuple[str, str], Revocation] = {}
    for one in known:
        what = (one.what, one.who)
        if one.at > since.get(what, 0.0) and (what not in newest or one.at >= newest[what].at):
            newest[what] = one
    return list(newest.values())
