"""Connections: the memory of an idle one, and ten thousand that connect, and reconnect, at once."""

import asyncio
import time
from dataclasses import dataclass

import uvloop
from redis.asyncio import Redis

from bench import panel
from bench.processes import Process, Processes, open_processes
from bench.publish import ToGateway
from bench.result import Result, Target
from bench.socket_clients import SocketClients
from bench.timing import address
from shared.redis import keys

MISSED = 20
_STORM_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Storm:
    """A storm: seconds until the last client was served, the longest stall of the loop in ms."""

    seconds: float
    blocked_ms: float
    served: int


def measure(idle: int, storm: int) -> Result:
    """Measure the memory of `idle` sockets, and storms of `storm` sockets."""
    return uvloop.run(_measure(idle, storm))


async def _measure(idle: int, storm: int) -> Result:
    with open_processes() as processes:
        processes.redis()
        peer = processes.line_peer("peers.raw_fan", "broadcast")
        library = await _memory(peer, idle, "/", "")
        gateway = processes.service("gateway")
        cookie = await panel.log_in(gateway.url)
        publisher = await ToGateway.open(processes.redis_url)
        processes.end(gateway)
        gateway = processes.service("gateway")
        headers = f"Cookie: {cookie}\r\nOrigin: {gateway.url}\r\n"
        ours = await _memory(gateway, idle, f"{panel.PATH}ws", headers)
        came = await _storm(processes, gateway, headers, storm, query="", missed=0)
        query = await _cursor(processes)
        publisher.send(MISSED)
        back = await _storm(
            processes, gateway, headers, storm, query=query, missed=publisher.bytes_each() * MISSED
        )
    return _report(idle, storm, library=library, ours=ours, came=came, back=back)


async def _memory(server: Process, count: int, path: str, headers: str) -> float:
    """Return the bytes of one idle connection, after 200 others have warmed up the server."""
    warm, clients = SocketClients(), SocketClients()
    await warm.join(server.url, path, 200, headers)
    await warm.settle()
    before = server.resident_bytes()
    await clients.join(server.url, path, count, headers)
    await clients.settle(1.0)
    each = (server.resident_bytes() - before) / count
    warm.abort()
    clients.abort()
    await asyncio.sleep(1.0)
    return each


async def _cursor(processes: Processes) -> str:
    """Return the query of a client that reconnects and has seen everything so far."""
    async with Redis.from_url(processes.redis_url) as redis:
        epoch, seq = await redis.hmget(keys.STATE, "epoch", "seq")
    return f"?epoch={epoch.decode()}&seq={int(seq)}"


async def _storm(
    processes: Processes, gateway: Process, headers: str, count: int, *, query: str, missed: int
) -> Storm:
    """Connect all clients at once; each must be greeted and get more than `missed` bytes."""
    clients = SocketClients()
    watch = processes.peer("peers.silence", *map(str, address(gateway.url)))
    await asyncio.sleep(0.5)
    began = time.perf_counter()
    await clients.join(gateway.url, f"{panel.PATH}ws{query}", count, headers)
    served = 0
    while served < count and time.perf_counter() - began < _STORM_WITHIN_S:
        await asyncio.sleep(0.02)
        await clients.come_back()
        served = sum(client.bytes > missed and not client.lost for client in clients.clients)
    seconds = time.perf_counter() - began
    processes.end(watch)
    blocked = float(watch.log.read_text(encoding="utf-8").split()[-1])
    clients.abort()
    await asyncio.sleep(2.0)
    return Storm(seconds, blocked * 1000, served)


def _report(idle: int, storm: int, *, library: float, ours: float, came: Storm, back: Storm) -> Result:
    rows = [
        (f"idle connection, websockets library ({idle:,} held)", f"{library / 1024:.1f} KiB"),
        (f"idle connection, gateway ({idle:,} held)", f"{ours / 1024:.1f} KiB"),
    ]
    for name, one in (
        (f"{storm:,} connect at once", came),
        (f"{storm:,} reconnect, {MISSED} events each", back),
    ):
        rows.append((name, f"{one.seconds:.1f} s; longest stall of the loop {one.blocked_ms:.0f} ms"))
    whole = f"{storm:,} clients"
    reason = (
        "The clients of a storm use the same cores as the gateway, and so does the process that polls "
        "/livez: a stall includes its own wait for a core."
    )
    return Result(
        "Connections",
        "One gateway. An idle connection has a session, its buffer bound and its entry in the hub. In the "
        "storms all clients share the cores with the gateway; the stall is the longest wait for /livez, "
        "polled every 10 ms.",
        ("", ""),
        tuple(rows),
        (
            Target("memory of an idle connection", ours / 1024, 18, " KiB", at_least=False),
            Target(f"{whole} connect", came.seconds, 10, " s", at_least=False, reason=reason),
            Target(f"{whole} resume", back.seconds, 10, " s", at_least=False, reason=reason),
            Target(
                "clients that missed an event or were not greeted",
                2 * storm - came.served - back.served,
                0,
                at_least=False,
            ),
            Target("loop blocked, connect", came.blocked_ms, 100, " ms", at_least=False, reason=reason),
            Target("loop blocked, resume", back.blocked_ms, 100, " ms", at_least=False, reason=reason),
        ),
    )
