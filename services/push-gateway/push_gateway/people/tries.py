"""Counts failed logins in fixed windows in Redis, so that all gateways count together.

A name is counted together with the network the try comes from: whoever guesses an operator's password from
elsewhere slows only his own network down and can never lock the operator out.
"""

import hashlib
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from redis.asyncio import Redis

from shared import forwarded, keys

WINDOW = 300
BY_ADDRESS = 20
BY_NAME = 10


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries within WINDOW seconds, counted under `key`."""

    key: str
    most: int


def limits(address: str, name: str) -> tuple[Limit, Limit]:
    """Return what a try of `name` from `address` is counted against."""
    who = hashlib.sha256(name.encode()).hexdigest()[:16]
    return (
        Limit(keys.tries_of(f"login:address:{forwarded.neighbourhood(address)}"), BY_ADDRESS),
        Limit(keys.tries_of(f"login:name:{who}:{_network(address)}"), BY_NAME),
    )


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network(f"{parsed}/{24 if parsed.version == 4 else 48}", strict=False))


async def take(redis: Redis, wanted: tuple[Limit, ...]) -> int | None:
    """Count one try before it is made; returns the seconds to wait when there is none left."""
    async with redis.pipeline(transaction=True) as pipe:
        for limit in wanted:
            pipe.execute_command("SET", limit.key, 0, "EX", WINDOW, "NX")
            pipe.execute_command("INCR", limit.key)
            pipe.execute_command("TTL", limit.key)
        replies = await pipe.execute()
    waits = [
        max(1, replies[3 * place + 2])
        for place, limit in enumerate(wanted)
        if replies[3 * place + 1] > limit.most
    ]
    return max(waits, default=None)


async def forgive(redis: Redis, wanted: tuple[Limit, ...]) -> None:
    """The try succeeded: it does not count, and for this name nothing does any more."""
    address, name = wanted
    async with redis.pipeline(transaction=True) as pipe:
        pipe.execute_command("DECR", address.key)
        pipe.execute_command("DEL", name.key)
        await pipe.execute()
