"""Counts failed logins in fixed windows in Redis, so that all gateways count together.

A name is counted together with the network that the attempt comes from: an attacker who guesses an
operator's password slows down only the attacker's own network and cannot lock the operator out.
"""

import hashlib
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Literal

from redis.asyncio import Redis

from shared.http import forwarded
from shared.redis import keys
from shared.redis.lua import scripts

WINDOW = 300
BY_ADDRESS = 20
BY_NAME = 10
JUDGED_WITHIN = 2
"""Seconds to wait when attempts that are still being checked take up the limit."""

LoginOutcome = Literal["right", "wrong", "unjudged"]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` failed attempts within WINDOW seconds, counted under `key`."""

    key: str
    most: int


def limits(address: str, name: str) -> tuple[Limit, Limit]:
    """Return the limits that an attempt of `name` from `address` is counted against."""
    who = hashlib.sha256(name.encode()).hexdigest()[:16]
    return (
        Limit(keys.login_attempts(f"login:tries:address:{forwarded.network_of(address)}"), BY_ADDRESS),
        Limit(keys.login_attempts(f"login:tries:name:{who}:{_network(address)}"), BY_NAME),
    )


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network(f"{parsed}/{24 if parsed.version == 4 else 48}", strict=False))


async def take(redis: Redis, wanted: tuple[Limit, Limit]) -> int | None:
    """Count an attempt before it is made; returns the seconds to wait when there is none left."""
    by_address, by_name = wanted
    call = scripts.take_login_attempt(
        address_key=by_address.key,
        name_key=by_name.key,
        window=WINDOW,
        while_checked=JUDGED_WITHIN,
        most_of_address=by_address.most,
        most_of_name=by_name.most,
    )
    return await call.run(redis) or None


async def judge(redis: Redis, wanted: tuple[Limit, Limit], outcome: LoginOutcome) -> None:
    """Finish a counted attempt: only a wrong one keeps counting; a right one clears those of this name."""
    by_address, by_name = wanted
    call = scripts.end_login_attempt(
        address_key=by_address.key, name_key=by_name.key, outcome=outcome, window=WINDOW
    )
    await call.run(redis)
