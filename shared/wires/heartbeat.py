"""Heartbeats: every process renews a key that expires by itself, and a small set has the names."""

from contextlib import suppress
from typing import Any, Literal, TypeAlias

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.process.stored import texts
from shared.redis import keys

ServiceKind: TypeAlias = Literal["ingest", "worker", "gateway"]
SERVICE_KINDS: tuple[ServiceKind, ...] = ("ingest", "worker", "gateway")


async def beat(redis: Redis, part: ServiceKind, name: str, facts: dict[str, Any], ttl: float) -> bool:
    """Declare process `name` of service `part` alive for `ttl` seconds; `facts` go into the status.

    True when Redis did not know it: at its first beat, and after Redis lost its data.

    Facts that others read: ingest `spooled` (entries), `proves` (fingerprints of secrets) and `disk` (of its
    spool, see `disk_facts`), worker `keys` (a fingerprint), gateway `clients` (sockets) and `latency_ms`
    (`{"p50", "p99"}`), and of every process those of `shared.process.vitals.process_facts`.
    """
    async with redis.pipeline(transaction=False) as pipe:
        pipe.set(keys.heartbeat(part, name), orjson.dumps(facts), px=int(ttl * 1000))
        pipe.sadd(keys.process_names(part), name)
        _, new = await pipe.execute()
    return bool(new)


async def deregister(redis: Redis, part: ServiceKind, name: str) -> None:
    """Remove this process at its end, so that it does not count until its heartbeat expires."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.delete(keys.heartbeat(part, name))
        pipe.srem(keys.process_names(part), name)
        await pipe.execute()


async def live_processes(redis: Redis, part: ServiceKind) -> dict[str, dict[str, Any]]:
    """Return the facts of every live process of a service by its name; remove the dead."""
    return (await live_processes_by_kind(redis, (part,)))[part]


async def live_processes_by_kind(
    redis: Redis, parts: tuple[ServiceKind, ...] = SERVICE_KINDS
) -> dict[ServiceKind, dict[str, dict[str, Any]]]:
    """Return the live processes of several services, in two round trips."""
    async with redis.pipeline(transaction=False) as pipe:
        for part in parts:
            pipe.smembers(keys.process_names(part))
        found: list[set[bytes]] = await pipe.execute()
    names = [
        (part, name)
        for part, members in zip(parts, found, strict=True)
        for name in texts(keys.process_names(part), members)
    ]
    beats: list[bytes | None] = []
    if names:
        beats = await redis.mget([keys.heartbeat(part, name) for part, name in names])
    alive: dict[ServiceKind, dict[str, dict[str, Any]]] = {part: {} for part in parts}
    for (part, name), facts in zip(names, beats, strict=True):
        if facts is None:
            with suppress(RedisError):  # a Redis that refuses writes still answers
                await redis.srem(keys.process_names(part), name)
        else:
            alive[part][name] = _facts(facts)
    return alive


def _facts(text: bytes) -> dict[str, Any]:
    try:
        facts = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return facts if isinstance(facts, dict) else {}
