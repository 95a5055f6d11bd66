"""Fan-out: one message to N sockets, singly and in bursts of 32."""

import time
from collections import defaultdict
from statistics import median

from bench.peers.baseline import CHANNEL
from bench.publish import BYTES_EACH, Send, to_channel, to_gateway
from bench.result import Result, at_least, cell, paired
from bench.socket_clients import SocketClients
from bench.stage import running_stage, serve
from testbed import SystemPart

HOW = {1: "one at a time", 32: "32 in flight"}
_LEAST = {1: 1, 32: 5}
"""How many times the rate of the baseline is promised, by the size of a burst."""
_BASELINE_AT_MOST = 1000
OURS, BASELINE = "gateway", "baseline"


Runs = dict[tuple[str, int, int], list[tuple[float, float]]]
"""Deliveries per second, and the server's CPU µs for each, by server, sockets and burst."""


async def measure(*, quick: bool) -> Result:
    """Measure both servers in turn for each number of sockets."""
    sizes, rounds, seconds = ((100, 1000), 1, 0.5) if quick else ((100, 1000, 5000), 3, 0.6)
    runs: Runs = defaultdict(list)
    async with running_stage("gateway") as system:
        send, gateway, headers = await to_gateway(system)
        baseline = await serve(system, "baseline:app")
        subjects = {
            OURS: (gateway, send, headers),
            BASELINE: (baseline, await to_channel(system, CHANNEL), ""),
        }
        for size in sizes:
            for name, (server, send, headers) in list(subjects.items()) * rounds:
                if name == OURS or size <= _BASELINE_AT_MOST:
                    clients = SocketClients(server.url, headers=headers)
                    await clients.join(size)
                    await clients.hear()  # a client that connects after an event does not get it
                    await clients.settle()
                    for burst in HOW:
                        runs[name, size, burst].append(await _run(server, send, clients, burst, seconds))
                    clients.abort()
    return _report(runs)


async def _run(
    server: SystemPart, send: Send, clients: SocketClients, burst: int, seconds: float
) -> tuple[float, float]:
    """For `seconds`, publish and wait until every client has the message."""
    deliveries = len(clients.clients) * burst

    async def deliver() -> None:
        await clients.receive(BYTES_EACH * deliveries, lambda: send(burst))

    for _ in range(3):
        await deliver()
    times, began, used = 0, time.perf_counter(), server.cpu_s()
    while (lasted := time.perf_counter() - began) < seconds:
        await deliver()
        times += 1
    used = server.cpu_s() - used
    return times * deliveries / lasted, used / (times * deliveries) * 1e6


def _report(runs: Runs) -> Result:
    rates = {key: [rate for rate, _ in some] for key, some in runs.items()}
    return Result(
        "Fan-out",
        "One event of 600 bytes from Redis to N sockets of the real gateway, with session, bound, seq and "
        "ring; the next one is published when all clients have the last. Baseline: a send loop.",
        ("sockets", "how", "", "deliveries/s", "CPU µs each"),
        [
            (
                f"{size:,}",
                HOW[burst],
                name,
                cell(rates[name, size, burst], 0),
                f"{median(used for _, used in some):.2f}",
            )
            for (name, size, burst), some in sorted(runs.items(), key=lambda row: row[0][:0:-1])
        ],
        [
            at_least(
                f"{size:,} sockets, {HOW[burst]}: the baseline",
                paired(rates[OURS, size, burst], some),
                _LEAST[burst],
                "×",
            )
            for (name, size, burst), some in rates.items()
            if name == BASELINE
        ],
    )
