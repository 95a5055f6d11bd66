"""Who is alive: every process beats by a key that expires by itself, and a small set knows the names."""

from contextlib import suppress
from typing import Any, Literal, TypeAlias

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.redis import keys

ServiceKind: TypeAlias = Literal["ingest", "worker", "gateway"]
SERVICE_KINDS: tuple[ServiceKind, ...] = ("ingest", "worker", "gateway")


async def beat(redis: Redis, part: ServiceKind, name: str, facts: dict[str, Any], ttl: float) -> bool:
    """Say that process `name` of `part` lives for `ttl` more seconds; `facts` go into the status.

    True when Redis did not know it: at its first beat, and after Redis lost its data.

    Facts that others read: ingest `spooled` (entries) and `proves` (fingerprints of secrets), gateway
    `clients` (sockets) and `latency_ms` (`{"p50", "p99"}`).
    """
    async with redis.pipeline(transaction=False) as pipe:
        pipe.execute_command("SET", keys.heartbeat(part, name), orjson.dumps(facts), "PX", int(ttl * 1000))
        pipe.execute_command("SADD", keys.process_names(part), name)
        _, new = await pipe.execute()
    return bool(new)


async def deregister(redis: Redis, part: ServiceKind, name: str) -> None:
    """Say that this process ends, so that nobody counts on it until its heartbeat expires."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.execute_command("DEL", keys.heartbeat(part, name))
        pipe.execute_command("SREM", keys.process_names(part), name)
        await pipe.execute()


async def live_processes(redis: Redis, part: ServiceKind) -> dict[str, dict[str, Any]]:
    """Return the facts of every living process of `part` by its name; forgets the dead."""
    return (await live_processes_by_kind(redis, (part,)))[part]


async def live_processes_by_kind(
    redis: Redis, parts: tuple[ServiceKind, ...] = SERVICE_KINDS
) -> dict[ServiceKind, dict[str, dict[str, Any]]]:
    """Return who lives of several parts at once, in two round trips."""
    async with redis.pipeline(transaction=False) as pipe:
        for part in parts:
            pipe.execute_command("SMEMBERS", keys.process_names(part))
        found: list[set[bytes]] = await pipe.execute()
    names = [(part, name.decode()) for part, members in zip(parts, found, strict=True) for name in members]
    beats: list[bytes | None] = []
    if names:
        beats = await redis.execute_command("MGET", *(keys.heartbeat(part, name) for part, name in names))
    alive: dict[ServiceKind, dict[str, dict[str, Any]]] = {part: {} for part in parts}
    for (part, name), facts in zip(names, beats, strict=True):
        if facts is None:
            with suppress(RedisError):  # a Redis that refuses writes can still tell who lives
                await redis.execute_command("SREM", keys.process_names(part), name)
        else:
            alive[part][name] = _facts(facts)
    return alive


def _facts(text: bytes) -> dict[str, Any]:
    try:
        facts = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return facts if isinstance(facts, dict) else {}
