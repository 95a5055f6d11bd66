"""Connections: the memory of an idle one, and ten thousand that connect, and reconnect, at once."""

import asyncio
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

from redis.asyncio import Redis

from bench.publish import to_gateway
from bench.result import Result, at_most
from bench.socket_clients import SocketClients
from bench.stage import PANEL, Server, Stage, running_stage
from shared.redis import keys

MISSED = 20
_STORM_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Storm:
    """A storm: seconds until the last client was served, the longest stall of the loop in ms."""

    seconds: float
    blocked_ms: float
    served: int


async def measure(*, quick: bool) -> Result:
    """Measure the memory of idle sockets, and storms."""
    idle, storm = (1000, 2000) if quick else (2000, 10_000)
    async with running_stage("gateway") as stage:
        publisher, gateway, headers = await to_gateway(stage)
        memory = await _memory(gateway, idle, headers)
        clients = SocketClients(gateway.url, f"{PANEL}ws", headers)
        came = await _storm(stage, gateway, clients, storm)
        async with Redis.from_url(stage.redis_url()) as redis:
            epoch, seq = await redis.hmget(keys.STATE, "epoch", "seq")
        publisher.send(MISSED)
        seen_all = f"?epoch={epoch.decode()}&seq={int(seq)}"
        clients = SocketClients(gateway.url, f"{PANEL}ws{seen_all}", headers)
        back = await _storm(stage, gateway, clients, storm, publisher.bytes_each * MISSED)
    return _report(idle, storm, memory, came, back)


async def _memory(server: Server, count: int, headers: str) -> float:
    """Return the bytes of one idle connection, after 200 others have warmed up the server."""
    warm, clients = (SocketClients(server.url, f"{PANEL}ws", headers) for _ in range(2))
    await warm.join(200)
    await warm.settle()
    before = server.resident_bytes()
    await clients.join(count)
    await clients.settle(1.0)
    each = (server.resident_bytes() - before) / count
    warm.abort()
    clients.abort()
    await asyncio.sleep(1.0)
    return each


async def _storm(stage: Stage, gateway: Server, clients: SocketClients, count: int, missed: int = 0) -> Storm:
    """Connect all clients at once; each must be greeted and get more than `missed` bytes."""
    watch = await stage.launch(0, sys.executable, "-m", "bench.peers.stall", gateway.url.rpartition(":")[2])
    await asyncio.sleep(0.5)
    began = time.perf_counter()
    await clients.join(count)
    with suppress(TimeoutError):  # counted below
        await clients.hear(missed + 1, _STORM_WITHIN_S)
    seconds = time.perf_counter() - began
    served = sum(client.bytes > missed and not client.lost for client in clients.clients)
    stage.end(watch.pid)
    clients.abort()
    await asyncio.sleep(2.0)
    return Storm(seconds, float(watch.log.read_text("ascii").split()[-1]), served)


def _report(idle: int, storm: int, memory: float, came: Storm, back: Storm) -> Result:
    rows = [(f"idle connection, gateway ({idle:,} held)", f"{memory / 1024:.1f} KiB")]
    rows += [
        (name, f"{one.seconds:.1f} s; longest stall of the loop {one.blocked_ms:.0f} ms")
        for name, one in (
            (f"{storm:,} connect at once", came),
            (f"{storm:,} reconnect, {MISSED} events each", back),
        )
    ]
    lost = 2 * storm - came.served - back.served
    return Result(
        "Connections",
        "One gateway. An idle connection has a session, its buffer bound and its entry in the hub. In the "
        "storms all clients share the cores with the gateway; the stall is the longest wait for /livez, "
        "polled every 10 ms.",
        ("", ""),
        rows,
        (
            at_most("memory of an idle connection", memory / 1024, 18, " KiB"),
            at_most(f"{storm:,} clients connect", came.seconds, 10, " s"),
            at_most(f"{storm:,} clients resume", back.seconds, 10, " s"),
            at_most("clients that missed an event or were not greeted", lost, 0),
            at_most("loop blocked, connect", came.blocked_ms, 100, " ms"),
            at_most("loop blocked, resume", back.blocked_ms, 100, " ms"),
        ),
    )
