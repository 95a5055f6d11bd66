"""Counts failed logins in fixed windows in Redis, so that all gateways count together.

A name is counted together with the network that the attempt comes from: an attacker who guesses an
operator's password slows down only the attacker's own network and cannot lock the operator out.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

from redis.asyncio import Redis

from shared.http import forwarded
from shared.redis import keys
from shared.redis.lua import scripts

WINDOW = 300
BY_ADDRESS = 20
BY_WIDER = 100
"""Of a /24, or a /48 for IPv6: five times as many, so that one neighbour does not use them up."""
BY_NAME = 10
JUDGED_WITHIN = 2
"""Seconds to wait when attempts that are still being checked take up the limit."""

LoginOutcome = Literal["right", "wrong", "unjudged"]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` failed attempts within WINDOW seconds, counted under `key`."""

    key: str
    most: int


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that an attempt is counted against."""

    address: Limit
    wider: Limit
    name: Limit


def limits(address: str, name: str) -> Limits:
    """Return the limits that an attempt of `name` from `address` is counted against."""
    who = hashlib.sha256(name.encode()).hexdigest()[:16]
    near, wider = forwarded.network_of(address), forwarded.wider_network_of(address)
    return Limits(
        Limit(keys.login_attempts(f"login:tries:address:{near}"), BY_ADDRESS),
        Limit(keys.login_attempts(f"login:tries:wider:{wider}"), BY_WIDER),
        Limit(keys.login_attempts(f"login:tries:name:{who}:{wider}"), BY_NAME),
    )


async def take(redis: Redis, wanted: Limits) -> int | None:
    """Count an attempt before it is made; returns the seconds to wait when there is none left."""
    call = scripts.take_login_attempt(
        address_key=wanted.address.key,
        wider_key=wanted.wider.key,
        name_key=wanted.name.key,
        window=WINDOW,
        while_checked=JUDGED_WITHIN,
        most_of_address=wanted.address.most,
        most_of_wider=wanted.wider.most,
        most_of_name=wanted.name.most,
    )
    return await call.run(redis) or None


async def judge(redis: Redis, wanted: Limits, outcome: LoginOutcome) -> None:
    """Finish a counted attempt: only a wrong one keeps counting; a right one clears those of this name."""
    call = scripts.end_login_attempt(
        address_key=wanted.address.key,
        wider_key=wanted.wider.key,
        name_key=wanted.name.key,
        outcome=outcome,
        window=WINDOW,
    )
    await call.run(redis)
