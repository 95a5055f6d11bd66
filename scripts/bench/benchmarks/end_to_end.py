"""The whole way: posted at ingest, seen at a WebSocket, on an idle, a busy and a very busy system."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import uvloop

from bench import panel, timing
from bench.figures import quantile, ratio, spread
from bench.installation import Installation, install
from bench.poster import Poster
from bench.processes import ACCOUNT, WEBHOOK, Process, Stage, open_stage
from bench.result import Hop, Target
from bench.timing import Way

CHATS = 20
_POSTERS = 8
_PER_MESSAGE = ("ingest", "redis", "worker", "gateway")


@dataclass(frozen=True, slots=True)
class Pace:
    """How many messages a second for how many seconds."""

    name: str
    rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Road:
    """Where webhooks are posted, and who holds the sockets."""

    door: Process
    path: str
    gateway: Process


@dataclass(slots=True)
class Figures:
    """All runs at one pace: milliseconds, and CPU µs a message by process."""

    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    missing: int = 0
    sent: int = 0
    cpu: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, measured: Way) -> None:
        """Take a run in."""
        took = [seconds * 1000 for seconds in measured.from_post()] or [float("inf")]
        self.p50.append(quantile(took, 0.5))
        self.p99.append(quantile(took, 0.99))
        self.missing += measured.missing
        self.sent += len(measured.posted)


def paces(seconds: float) -> list[Pace]:
    """Return the paces the product is held to."""
    return [
        Pace("idle", 20, seconds),
        Pace("200 a second", 200, seconds),
        Pace("1,000 a second", 1000, seconds),
    ]


def measure(rounds: int, seconds: float) -> Hop:
    """Measure our system, and what one would first write, at each pace in turn."""
    return uvloop.run(_measure(rounds, seconds))


async def _measure(rounds: int, seconds: float) -> Hop:
    ours: dict[str, Figures] = defaultdict(Figures)
    naive: dict[str, Figures] = defaultdict(Figures)
    with open_stage() as stage:
        system = await install(stage, CHATS)
        ours_road = Road(system.ingest, WEBHOOK, system.gateway)
        naive_road = _naive(stage)
        await _run(ours_road, system, Pace("", 100, 1.0), "warm", Figures())
        for number in range(rounds):
            for pace in paces(seconds):
                await _run(ours_road, system, pace, f"{number}", ours[pace.name])
                if pace.rate <= _NAIVE_AT_MOST:
                    await _run(naive_road, system, pace, f"{number}", naive[pace.name])
    return _report(ours, naive)


_NAIVE_AT_MOST = 200  # it takes 20 a second: beyond that it only shows how long the run was


def _naive(stage: Stage) -> Road:
    url = f"{stage.redis_url[:-1]}2"
    web = stage.http_peer("peers.naive", url)
    stage.peer("peers.naive", "worker", url, stage.url("simulator"))
    return Road(web, "/webhook", web)


async def _run(road: Road, system: Installation, pace: Pace, run: str, into: Figures) -> None:
    posters = [await Poster.at(*timing.address(road.door.url)) for _ in range(_POSTERS)]
    used = {process.name: process.cpu_s() for process in system.services}
    async with panel.socket(road.gateway.url, system.cookie) as ws:
        measured = await timing.measure(
            posters,
            road.path,
            ws,
            account=ACCOUNT,
            chats=system.chats,
            count=int(pace.rate * pace.seconds),
            rate=pace.rate,
            run=f"{road.door.name}-{pace.rate:g}-{run}",
        )
    for poster in posters:
        poster.close()
    into.add(measured)
    for process in system.services:
        into.cpu[process.name].append((process.cpu_s() - used[process.name]) / len(measured.posted) * 1e6)


def _report(ours: dict[str, Figures], naive: dict[str, Figures]) -> Hop:
    rows = []
    for name, figures in ours.items():
        rows.append(("Avito Live", name, *_cells(figures)))
        if name in naive:
            rows.append(("naive", name, *_cells(naive[name])))
    idle = ratio(min(naive["idle"].p50), min(ours["idle"].p50))
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
    return Hop(
        "The whole way",
        "POST at ingest → worker → gateway → WebSocket frame at a client, all real processes, timed from "
        "the first byte of the POST. Naive: Starlette, arq as it comes, one shared httpx client, a send "
        "loop; it takes 20 messages a second, so 1,000 a second is not tried.",
        ("", "pace", "p50 ms", "p99 ms", "not arrived"),
        tuple(rows),
        (*targets, Target("faster than naive, idle, by p50", idle, 50, "×")),
        series={
            f"{who} {what}": [
                (x, spread(getattr(some[name], what)).median) for x, name in enumerate(ours) if name in some
            ]
            for who, some in (("Avito Live", ours), ("naive", naive))
            for what in ("p50", "p99")
        },
        stages={f"{name}, at 1,000 a second": spread(busiest.cpu[name]).median for name in _PER_MESSAGE},
    )


def _beyond(cpu_us: float) -> str:
    return (
        f"A message takes {cpu_us / 1000:.2f} ms of CPU at this pace, in all processes together; what is "
        "beyond that was waiting: for a core, or behind others in a queue."
    )


def _cells(figures: Figures) -> Sequence[str]:
    p50, p99 = spread(figures.p50), spread(figures.p99)
    return (
        f"{p50.median:.1f} ({p50.least:.1f}–{p50.most:.1f})",
        f"{p99.median:.1f} ({p99.least:.1f}–{p99.most:.1f})",
        f"{figures.missing} of {figures.sent}",
    )
