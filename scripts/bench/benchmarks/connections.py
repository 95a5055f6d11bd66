"""Connections: the memory of an idle one, and ten thousand that connect, and reconnect, at once."""

import asyncio
import time
from contextlib import suppress

from bench.publish import BYTES_EACH, to_gateway
from bench.result import Result, at_most
from bench.socket_clients import SocketClients
from bench.stage import launch, running_stage
from shared.redis import keys
from testbed import System, SystemPart

MISSED = 20
_STORM_WITHIN_S = 60.0

Storm = tuple[float, float, int]
"""Seconds until the last client was served, the longest stall of the loop in ms, clients not served."""


async def measure(*, quick: bool) -> Result:
    """Measure the memory of idle sockets, and storms."""
    idle, storm = (1000, 2000) if quick else (2000, 10_000)
    async with running_stage("gateway") as system:
        send, gateway, headers = await to_gateway(system)
        memory = await _memory(gateway, idle, headers)
        clients = SocketClients(gateway.url, headers=headers)
        came = await _storm(system, clients, storm)
        async with system.redis as redis:
            epoch, seq = await redis.hmget(keys.STATE, ["epoch", "seq"])
        send(MISSED)
        clients = SocketClients(gateway.url, f"?epoch={epoch.decode()}&seq={int(seq)}", headers)
        back = await _storm(system, clients, storm, BYTES_EACH * MISSED)
    return _report(idle, storm, memory, {"connect": came, "resume": back})


async def _memory(server: SystemPart, count: int, headers: str) -> float:
    """Return the bytes of one idle connection, after 200 others have warmed up the server."""
    warm, clients = (SocketClients(server.url, headers=headers) for _ in range(2))
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


async def _storm(system: System, clients: SocketClients, count: int, missed: int = 0) -> Storm:
    """Connect all clients at once; each must be greeted and get more than `missed` bytes."""
    watch = launch(system, "bench.peers.stall", str(system.part("gateway").port))
    await asyncio.sleep(0.5)
    began = time.perf_counter()
    await clients.join(count)
    with suppress(TimeoutError):  # counted below
        await clients.hear(missed + 1, _STORM_WITHIN_S)
    seconds = time.perf_counter() - began
    served = sum(client.bytes > missed and not client.lost for client in clients.clients)
    watch.kill()
    clients.abort()
    await asyncio.sleep(2.0)
    return seconds, float(watch.log.read_text("ascii").split()[-1]), count - served


def _report(idle: int, storm: int, memory: float, storms: dict[str, Storm]) -> Result:
    names = {"connect": "connect at once", "resume": f"reconnect, {MISSED} events each"}
    lost = sum(lost for _, _, lost in storms.values())
    return Result(
        "Connections",
        "One gateway. An idle connection has a session, its buffer bound and its entry in the hub. In the "
        "storms all clients share the cores with the gateway; the stall is the longest wait for /livez, "
        "polled every 10 ms.",
        ("", ""),
        (
            (f"idle connection, gateway ({idle:,} held)", f"{memory / 1024:.1f} KiB"),
            *(
                (f"{storm:,} {names[how]}", f"{seconds:.1f} s; longest stall of the loop {blocked_ms:.0f} ms")
                for how, (seconds, blocked_ms, _) in storms.items()
            ),
        ),
        (
            at_most("memory of an idle connection", memory / 1024, 18, " KiB"),
            *(at_most(f"{storm:,} clients {how}", one[0], 10, " s") for how, one in storms.items()),
            at_most("clients that missed an event or were not greeted", lost, 0),
            *(at_most(f"loop blocked, {how}", one[1], 100, " ms") for how, one in storms.items()),
        ),
    )
