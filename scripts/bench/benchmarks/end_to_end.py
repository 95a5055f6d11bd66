"""End to end: from the POST at ingest to a WebSocket, on an idle, a busy and a very busy system."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import uvloop

from bench import panel, timing
from bench.figures import quantile, ratio, spread
from bench.installation import Installation, install
from bench.poster import Poster
from bench.processes import ACCOUNT, WEBHOOK, Process, Processes, open_processes
from bench.result import Result, Target
from bench.timing import Timings

CHATS = 20
_POSTERS = 8
_PER_MESSAGE = ("ingest", "redis", "worker", "gateway")


@dataclass(frozen=True, slots=True)
class LoadLevel:
    """A number of messages per second, for a number of seconds."""

    name: str
    rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Route:
    """Where webhooks are posted, and which gateway has the sockets."""

    ingest: Process
    path: str
    gateway: Process


@dataclass(slots=True)
class Figures:
    """All runs at one load: milliseconds, and CPU µs per message by process."""

    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    missing: int = 0
    sent: int = 0
    cpu: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, measured: Timings) -> None:
        """Add a run."""
        took = [seconds * 1000 for seconds in measured.from_post()] or [float("inf")]
        self.p50.append(quantile(took, 0.5))
        self.p99.append(quantile(took, 0.99))
        self.missing += measured.missing
        self.sent += len(measured.posted)


def load_levels(seconds: float) -> list[LoadLevel]:
    """Return the loads of the targets."""
    return [
        LoadLevel("idle", 20, seconds),
        LoadLevel("200 a second", 200, seconds),
        LoadLevel("1,000 a second", 1000, seconds),
    ]


def measure(rounds: int, seconds: float) -> Result:
    """Measure our system and the baseline at each load in turn."""
    return uvloop.run(_measure(rounds, seconds))


async def _measure(rounds: int, seconds: float) -> Result:
    ours: dict[str, Figures] = defaultdict(Figures)
    baseline: dict[str, Figures] = defaultdict(Figures)
    with open_processes() as processes:
        system = await install(processes, CHATS)
        ours_route = Route(system.ingest, WEBHOOK, system.gateway)
        baseline_route = _baseline(processes)
        await _run(ours_route, system, LoadLevel("", 100, 1.0), "warm", Figures())
        for number in range(rounds):
            for level in load_levels(seconds):
                await _run(ours_route, system, level, f"{number}", ours[level.name])
                if level.rate <= _BASELINE_AT_MOST:
                    await _run(baseline_route, system, level, f"{number}", baseline[level.name])
    return _report(ours, baseline)


_BASELINE_AT_MOST = 200  # it handles 20 a second; beyond that only its backlog would be measured


def _baseline(processes: Processes) -> Route:
    url = f"{processes.redis_url[:-1]}2"
    web = processes.http_peer("peers.baseline", url)
    processes.peer("peers.baseline", "worker", url, processes.url("simulator"))
    return Route(web, "/webhook", web)


async def _run(route: Route, system: Installation, level: LoadLevel, run: str, into: Figures) -> None:
    posters = [await Poster.at(*timing.address(route.ingest.url)) for _ in range(_POSTERS)]
    used = {process.name: process.cpu_s() for process in system.services}
    async with panel.socket(route.gateway.url, system.cookie) as ws:
        measured = await timing.measure(
            posters,
            route.path,
            ws,
            account=ACCOUNT,
            chats=system.chats,
            count=int(level.rate * level.seconds),
            rate=level.rate,
            run=f"{route.ingest.name}-{level.rate:g}-{run}",
        )
    for poster in posters:
        poster.close()
    into.add(measured)
    for process in system.services:
        into.cpu[process.name].append((process.cpu_s() - used[process.name]) / len(measured.posted) * 1e6)


def _report(ours: dict[str, Figures], baseline: dict[str, Figures]) -> Result:
    rows = []
    for name, figures in ours.items():
        rows.append(("Avito Live", name, *_cells(figures)))
        if name in baseline:
            rows.append(("baseline", name, *_cells(baseline[name])))
    idle = ratio(min(baseline["idle"].p50), min(ours["idle"].p50))
    whole = {
        name: sum(spread(used).median for used in figures.cpu.values()) for name, figures in ours.items()
    }
    targets = [
        target
        for name, figures in ours.items()
        for target in (
            Target(
                f"{name}: p50",
                spread(figures.p50).median,
                3,
                " ms",
                at_least=False,
                reason=_beyond(whole[name]),
            ),
            Target(
                f"{name}: p99",
                spread(figures.p99).median,
                8,
                " ms",
                at_least=False,
                reason=_beyond(whole[name]),
            ),
            Target(f"{name}: messages that did not arrive", figures.missing, 0, at_least=False),
        )
    ]
    busiest = list(ours.values())[-1]
    return Result(
        "End to end",
        "POST at ingest → worker → gateway → WebSocket frame at a client, all real processes, timed from "
        "the first byte of the POST. Baseline: Starlette, arq with its defaults, one shared httpx client, a "
        "send loop; it handles 20 messages a second, so 1,000 a second is not tried.",
        ("", "load", "p50 ms", "p99 ms", "not arrived"),
        tuple(rows),
        (*targets, Target("faster than the baseline, idle, by p50", idle, 50, "×")),
        series={
            f"{who} {what}": [
                (x, spread(getattr(some[name], what)).median) for x, name in enumerate(ours) if name in some
            ]
            for who, some in (("Avito Live", ours), ("baseline", baseline))
            for what in ("p50", "p99")
        },
        stages={f"{name}, at 1,000 a second": spread(busiest.cpu[name]).median for name in _PER_MESSAGE},
    )


def _beyond(cpu_us: float) -> str:
    return (
        f"A message takes {cpu_us / 1000:.2f} ms of CPU at this load, in all processes together; the "
        "rest is waiting, for a core or in a queue."
    )


def _cells(figures: Figures) -> Sequence[str]:
    p50, p99 = spread(figures.p50), spread(figures.p99)
    return (
        f"{p50.median:.1f} ({p50.least:.1f}–{p50.most:.1f})",
        f"{p99.median:.1f} ({p99.least:.1f}–{p99.most:.1f})",
        f"{figures.missing} of {figures.sent}",
    )
