"""End to end: from the POST at ingest to a WebSocket, by load; and a reply, from its 202 to Avito."""

import asyncio
import time
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import median

from bench.result import Result, Target, at_least, at_most, cell, p50_p99
from bench.stage import launch, logged_in, running_stage, serve
from bench.timing import Load, time_messages
from testbed import PANEL, PanelClient, System, until

CHATS = 20
LEVELS = {"idle": 20, "200 a second": 200, "1,000 a second": 1000}
"""Messages per second by the name of the load."""
OURS, BASELINE, REPLIES = "Avito Live", "baseline", "replies, 10 a second"
_BASELINE_AT_MOST = 200  # it handles 20 a second; beyond that only its backlog would be measured
_SERVICES = ("ingest", "redis", "worker", "gateway")


@dataclass(slots=True)
class Figures:
    """All runs at one load: milliseconds, and CPU µs per message by process."""

    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    missing: int = 0
    sent: int = 0
    cpu: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, took: list[float], sent: int) -> None:
        """Add a run: the milliseconds of those of `sent` messages that arrived."""
        for series, figure in zip((self.p50, self.p99), p50_p99(took), strict=True):
            series.append(figure)
        self.missing += sent - len(took)
        self.sent += sent


async def measure(*, quick: bool) -> Result:
    """Measure our system and the baseline at each load in turn."""
    rounds, seconds = (1, 2.0) if quick else (3, 3.0)
    figures: dict[tuple[str, str], Figures] = defaultdict(Figures)
    async with running_stage(chats=CHATS) as system, AsyncExitStack() as stack:
        launch(system, "arq", "bench.peers.baseline.WorkerSettings")
        web = (await serve(system, "baseline:app")).url
        ours = system.webhook_url, await stack.enter_async_context(logged_in(system))
        baseline = f"{web}/webhook", await stack.enter_async_context(PanelClient.at(web))
        await _run(system, *ours, Load("warm", 100, 100), Figures())
        for number in range(rounds):
            for level, rate in LEVELS.items():
                load = Load(f"{rate}-{number}", int(rate * seconds), rate)
                await _run(system, *ours, load, figures[OURS, level])
                if rate <= _BASELINE_AT_MOST:
                    await _run(system, *baseline, load, figures[BASELINE, level])
            await _reply(system, ours[1], 20 if quick else 30, figures[OURS, REPLIES])
    return _report(figures)


async def _run(system: System, webhook: str, panel: PanelClient, load: Load, into: Figures) -> None:
    """Post to a webhook's URL and listen at a panel's socket."""
    servers = {name: system.part(name) for name in _SERVICES}
    used = {name: server.cpu_s() for name, server in servers.items()}
    async with panel.connect() as ws:
        await ws.recv()  # hello
        took = await time_messages(webhook, ws, system.chats, load)
    into.add(took, load.count)
    for name, server in servers.items():
        into.cpu[name].append((server.cpu_s() - used[name]) / load.count * 1e6)


async def _reply(system: System, panel: PanelClient, count: int, into: Figures) -> None:
    """Send replies one by one, and time the way of each from the 202 to the call at Avito."""
    began, accepted = time.time(), []
    for number in range(count):
        chat, text = system.chats[number % CHATS], f"{began:.0f}-{number}"
        url, body = f"{PANEL}api/chats/{chat}/messages", {"text": text, "ref": text}
        answer = await panel.http.post(url, json=body)
        answer.raise_for_status()
        accepted.append(time.time())
        await asyncio.sleep(0.1)

    async def called() -> list[float]:
        calls = await system.avito.calls(began)
        sent = sorted(call["at"] for call in calls if call["operation"] == "send")
        return sent if len(sent) >= count else []

    arrived = await until(called, every=0.2)
    into.add([max(0, at - since) * 1000 for at, since in zip(arrived, accepted, strict=True)], count)


def _report(figures: dict[tuple[str, str], Figures]) -> Result:
    targets: list[Target] = []
    for level in LEVELS:
        one = figures[OURS, level]
        targets += [
            at_most(f"{level}: p50", median(one.p50), 3, " ms"),
            at_most(f"{level}: p99", median(one.p99), 8, " ms"),
            at_most(f"{level}: messages that did not arrive", one.missing, 0),
        ]
    faster = min(figures[BASELINE, "idle"].p50) / min(figures[OURS, "idle"].p50)
    busiest = figures[OURS, list(LEVELS)[-1]].cpu
    used = ", ".join(f"{name} {median(some):.0f}" for name, some in busiest.items())
    return Result(
        "End to end",
        "POST at ingest → worker → gateway → WebSocket frame at a client, all real processes, timed from "
        "the first byte of the POST; for replies, 202 at the gateway → the call arrives at Avito. Baseline: "
        "Starlette, arq with its defaults, one shared httpx2 client, a send loop; it handles 20 messages a "
        "second, so 1,000 a second is not tried. Polling Avito every 30 seconds, which webhooks replace, "
        "would show a message after 15 seconds on average.",
        ("", "load", "p50 ms", "p99 ms", "not arrived"),
        [
            (who, level, cell(one.p50), cell(one.p99), f"{one.missing} of {one.sent}")
            for (who, level), one in figures.items()
        ],
        (
            *targets,
            at_least("faster than the baseline, idle, by p50", faster, 50, "×"),
            at_most("a reply: p50", median(figures[OURS, REPLIES].p50), 10, " ms"),
        ),
        (f"CPU µs of a message at 1,000 a second: {used}.",),
    )
