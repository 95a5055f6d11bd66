"""Fan-out: one message to N sockets, singly and in bursts of 32."""

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import uvloop

from avito_live.runner.ports import free_port
from bench import panel
from bench.figures import spread
from bench.peers import nchan
from bench.processes import Process, Processes, open_processes
from bench.publish import ByHttp, ByLine, Publisher, ToGateway
from bench.result import Result, Target
from bench.socket_clients import SocketClients

BURST = 32
ALONE = 1
"""One socket shows the cost of an event apart from its deliveries."""
_HELD_TO = 1000
OURS, RAW, BROADCAST, NCHAN = "gateway", "raw uvloop sockets", "websockets.broadcast", "nchan"


@dataclass(frozen=True, slots=True)
class Subject:
    """A server, the path of its sockets, and its publisher. `greets`: each client gets a hello."""

    process: Process
    path: str
    headers: str
    publisher: Callable[[], Awaitable[Publisher]]
    greets: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Deliveries per second, and the server's CPU µs for each, without Redis."""

    rate: float
    cpu_us: float


Runs = dict[tuple[str, int, int], list[Run]]


def measure(sizes: tuple[int, ...], rounds: int, seconds: float) -> Result:
    """Measure all servers in turn for each number of sockets."""
    return uvloop.run(_measure(sizes, rounds, seconds))


async def _measure(sizes: tuple[int, ...], rounds: int, seconds: float) -> Result:
    runs: Runs = defaultdict(list)
    with open_processes() as processes:
        subjects = await _subjects(processes)
        for size in (ALONE, *sizes):
            for _ in range(rounds):
                for name, subject in subjects.items():
                    clients = SocketClients()
                    await clients.join(subject.process.url, subject.path, size, subject.headers)
                    if subject.greets:  # a client that connects after an event does not get it
                        await clients.hear()
                    await clients.settle()
                    publisher = await subject.publisher()
                    for burst in (1, BURST):
                        runs[name, size, burst].append(
                            await _run(subject, clients, publisher, burst, seconds)
                        )
                    clients.abort()
    return _report(runs, sizes)


async def _subjects(processes: Processes) -> dict[str, Subject]:
    processes.redis()
    gateway = processes.service("gateway")
    cookie = await panel.log_in(gateway.url)
    publisher = await ToGateway.open(processes.redis_url)
    processes.end(gateway)
    gateway = processes.service("gateway")  # begins at the publisher's position

    async def same() -> Publisher:
        return publisher

    headers = f"Cookie: {cookie}\r\nOrigin: {gateway.url}\r\n"
    subjects = {OURS: Subject(gateway, f"{panel.PATH}ws", headers, same, greets=True)}
    for name, kind in ((RAW, "raw"), (BROADCAST, "broadcast")):
        process = processes.line_peer("peers.raw_fan", kind)
        subjects[name] = Subject(process, "/", "", lambda url=process.url: ByLine.open(url))  # type: ignore[misc]  # bound early
    if nchan.missing() is None:
        port = free_port()
        process = processes.launch("nchan", nchan.command(processes.folder, port), port)
        processes.wait_port(process)
        subjects[NCHAN] = Subject(process, "/ws", "", lambda: ByHttp.open(process.url, "/publish"))
    return subjects


async def _run(
    subject: Subject, clients: SocketClients, publisher: Publisher, burst: int, seconds: float
) -> Run:
    """For `seconds`, publish and wait until every client has the message."""
    each = publisher.bytes_each() * len(clients.clients)
    for _ in range(3):
        clients.expect(each * burst)
        publisher.send(burst)
        await clients.arrived()
    deliveries, began, used = 0, time.perf_counter(), subject.process.cpu_s()
    while time.perf_counter() - began < seconds:
        clients.expect(each * burst)
        publisher.send(burst)
        await clients.arrived()
        deliveries += len(clients.clients) * burst
    lasted = time.perf_counter() - began
    return Run(deliveries / lasted, (subject.process.cpu_s() - used) / deliveries * 1e6)


def _report(runs: Runs, sizes: tuple[int, ...]) -> Result:
    rows = []
    for (name, size, burst), some in sorted(runs.items(), key=lambda row: (row[0][2], row[0][1])):
        rate, cpu = spread([run.rate for run in some]), spread([run.cpu_us for run in some])
        rows.append(
            (
                f"{size:,}",
                "one at a time" if burst == 1 else f"{burst} in flight",
                name,
                f"{rate.median:,.0f} ({rate.least:,.0f}–{rate.most:,.0f})",
                f"{cpu.median:.2f}",
            )
        )
    held = [size for size in sizes if size <= _HELD_TO]
    targets = [
        Target(
            f"{size:,} sockets, one at a time: {peer}",
            _times(runs, peer, size, 1),
            bound,
            "×",
            reason=_explained(runs, size, 1, peer),
        )
        for size in held
        for peer, bound in ((NCHAN, 1.0), (RAW, 0.75), (BROADCAST, 1.5))
        if (peer, size, 1) in runs
    ]
    targets += [
        Target(
            f"{size:,} sockets, bursts: {NCHAN}",
            _times(runs, NCHAN, size, BURST),
            8,
            "×",
            reason=_explained(runs, size, BURST, NCHAN),
        )
        for size in held
        if (NCHAN, size, BURST) in runs
    ]
    gone = nchan.missing()
    return Result(
        "Fan-out",
        "One event of 600 bytes from Redis to N sockets of the real gateway, with session, bound, seq and "
        "ring; the next one is published when all clients have the last. The peers need no Redis.",
        ("sockets", "how", "", "deliveries/s", "CPU µs each"),
        tuple(rows),
        tuple(targets),
        (gone,) if gone else (),
    )


def _explained(runs: Runs, size: int, burst: int, peer: str) -> str:
    """Explain a missed target: the parts of a round of the gateway, compared with raw sockets."""
    ours, raw = runs[OURS, size, burst], runs[RAW, size, burst]
    each, bare = (spread([run.cpu_us for run in some]).median for some in (ours, raw))
    through_redis = _round_us(runs[OURS, ALONE, 1], ALONE) - _round_us(runs[RAW, ALONE, 1], ALONE)
    floor = (
        "" if peer == RAW else f" That floor is itself {_ratio(runs, RAW, peer, size, burst):.2f}× {peer}."
    )
    return (
        f"A round takes {_round_us(ours, size * burst):,.0f} µs, with raw sockets "
        f"{_round_us(raw, size * burst):,.0f}. With one socket they differ by {through_redis:,.0f} µs: "
        f"the path through Redis, which the peers do not have. A delivery costs the gateway {each:.2f} µs "
        f"of CPU, raw sockets, which do nothing but the system call, {bare:.2f}.{floor}"
    )


def _round_us(runs: list[Run], deliveries: int) -> float:
    return deliveries * 1e6 / spread([run.rate for run in runs]).median


def _times(runs: Runs, peer: str, size: int, burst: int) -> float:
    return _ratio(runs, OURS, peer, size, burst)


def _ratio(runs: Runs, one: str, other: str, size: int, burst: int) -> float:
    """Return the median ratio of two subjects in the same round."""
    pairs = zip(runs[one, size, burst], runs[other, size, burst], strict=True)
    return spread([ours.rate / theirs.rate for ours, theirs in pairs]).median
