"""Fan-out: one message to N sockets, singly and in bursts of 32."""

import sys
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from statistics import median

from bench.peers import nchan
from bench.publish import Publisher, by_http, by_line, to_gateway
from bench.result import Result, at_least, cell, paired
from bench.socket_clients import SocketClients
from bench.stage import PANEL, Server, Stage, running_stage
from testbed import free_port

BURST = 32
_TARGETS_UP_TO = 1000
OURS, RAW, NCHAN = "gateway", "raw uvloop sockets", "nchan"


@dataclass(frozen=True, slots=True)
class Subject:
    """A server, the path of its sockets, and its publisher. `greets`: each client gets a hello."""

    server: Server
    path: str
    publisher: Publisher
    headers: str = ""
    greets: bool = False


@dataclass(slots=True)
class Run:
    """Deliveries per second, and the server's CPU µs for each, without Redis."""

    rate: float
    cpu_us: float


Runs = dict[tuple[str, int, int], list[Run]]


async def measure(*, quick: bool) -> Result:
    """Measure all servers in turn for each number of sockets."""
    sizes, rounds, seconds = ((100, 1000), 1, 0.5) if quick else ((100, 1000, 5000), 3, 0.6)
    runs: Runs = defaultdict(list)
    async with running_stage("gateway") as stage:
        subjects = await _subjects(stage)
        for size in sizes:
            for _ in range(rounds):
                for name, subject in subjects.items():
                    clients = SocketClients(subject.server.url, subject.path, subject.headers)
                    await clients.join(size)
                    if subject.greets:  # a client that connects after an event does not get it
                        await clients.hear()
                    await clients.settle()
                    for burst in (1, BURST):
                        runs[name, size, burst].append(await _run(subject, clients, burst, seconds))
                    clients.abort()
    return _report(runs, sizes)


async def _subjects(stage: Stage) -> dict[str, Subject]:
    publisher, gateway, headers = await to_gateway(stage)
    subjects = {OURS: Subject(gateway, f"{PANEL}ws", publisher, headers, greets=True)}
    port, lines = free_port(), free_port()
    raw = await stage.launch(lines, sys.executable, "-m", "bench.peers.raw_fan", str(port), str(lines))
    subjects[RAW] = Subject(replace(raw, url=f"http://127.0.0.1:{port}"), "/", await by_line(raw.url))
    if nchan.missing() is None:
        port = free_port()
        server = await stage.launch(port, *nchan.command(stage.system.folder, port))
        subjects[NCHAN] = Subject(server, "/ws", await by_http(server.url, "/publish"))
    return subjects


async def _run(subject: Subject, clients: SocketClients, burst: int, seconds: float) -> Run:
    """For `seconds`, publish and wait until every client has the message."""
    deliveries = len(clients.clients) * burst

    async def deliver() -> None:
        clients.expect(subject.publisher.bytes_each * deliveries)
        subject.publisher.send(burst)
        await clients.arrived()

    for _ in range(3):
        await deliver()
    times, began, used = 0, time.perf_counter(), subject.server.cpu_s()
    while (lasted := time.perf_counter() - began) < seconds:
        await deliver()
        times += 1
    used = subject.server.cpu_s() - used
    return Run(times * deliveries / lasted, used / (times * deliveries) * 1e6)


def _report(runs: Runs, sizes: tuple[int, ...]) -> Result:
    rows = [
        (
            f"{size:,}",
            "one at a time" if burst == 1 else f"{burst} in flight",
            name,
            cell([run.rate for run in some], 0),
            f"{median(run.cpu_us for run in some):.2f}",
        )
        for (name, size, burst), some in sorted(runs.items(), key=lambda row: (row[0][2], row[0][1]))
    ]
    promises = (
        ("one at a time", 1, NCHAN, 1.0),
        ("one at a time", 1, RAW, 0.75),
        ("bursts", BURST, NCHAN, 8),
    )
    targets = [
        at_least(
            f"{size:,} sockets, {how}: {peer}",
            _ratio(runs, OURS, peer, size, burst),
            bound,
            "×",
            _explained(runs, size, burst),
        )
        for how, burst, peer, bound in promises
        for size in sizes
        if size <= _TARGETS_UP_TO and (peer, size, burst) in runs
    ]
    gone = nchan.missing()
    return Result(
        "Fan-out",
        "One event of 600 bytes from Redis to N sockets of the real gateway, with session, bound, seq and "
        "ring; the next one is published when all clients have the last. The peers need no Redis.",
        ("sockets", "how", "", "deliveries/s", "CPU µs each"),
        rows,
        targets,
        (gone,) if gone else (),
    )


def _explained(runs: Runs, size: int, burst: int) -> str:
    """Explain a missed target: the parts of a round of the gateway, compared with raw sockets."""
    ours, raw = runs[OURS, size, burst], runs[RAW, size, burst]
    ours_us, raw_us = (median(run.cpu_us for run in some) for some in (ours, raw))
    ours_round, raw_round = (size * burst * 1e6 / median(run.rate for run in some) for some in (ours, raw))
    return (
        f"A round takes {ours_round:,.0f} µs, with raw sockets {raw_round:,.0f}. A delivery costs the "
        f"gateway {ours_us:.2f} µs of CPU, raw sockets, which do nothing but the system call, {raw_us:.2f}; "
        "the rest is the path through Redis, which the peers do not have."
    )


def _ratio(runs: Runs, one: str, other: str, size: int, burst: int) -> float:
    ours, theirs = ([run.rate for run in runs[name, size, burst]] for name in (one, other))
    return paired(ours, theirs)
