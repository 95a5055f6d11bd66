"""A reply: from the POST at the gateway to the call at Avito."""

import asyncio
import time
from dataclasses import dataclass

import httpx
import uvloop

from bench import panel
from bench.figures import quantile, ratio, spread
from bench.installation import Installation, install
from bench.processes import Process, Processes, open_processes
from bench.result import Result, Target

CHATS = 10
_GAP_S = 0.1
_CALLED_WITHIN_S = 20.0
_SEND = "send"


@dataclass(frozen=True, slots=True)
class Run:
    """Milliseconds of the replies of one run, from the 202 to the call at Avito."""

    p50: float
    p99: float


def measure(rounds: int, count: int) -> Result:
    """Send `count` replies through our system and through the baseline, in turn."""
    return uvloop.run(_measure(rounds, count))


async def _measure(rounds: int, count: int) -> Result:
    ours: list[Run] = []
    baseline: list[Run] = []
    with open_processes(LOG_LEVEL="WARNING") as processes:
        system = await install(processes, CHATS)
        url = f"{processes.redis_url[:-1]}2"
        web = processes.http_peer("peers.baseline", url)
        processes.peer("peers.baseline", "worker", url, processes.url("simulator"))
        await _ours(processes, system, "warm", CHATS)
        for number in range(rounds):
            ours.append(await _ours(processes, system, str(number), count))
            baseline.append(await _baseline(processes, system, web, str(number), count))
    return _report(ours, baseline, count)


async def _ours(processes: Processes, system: Installation, run: str, count: int) -> Run:
    headers = {"Cookie": system.cookie, "Origin": system.gateway.url}
    async with httpx.AsyncClient(base_url=system.gateway.url, headers=headers, trust_env=False) as http:
        return await _send(processes, http, [_Reply(f"ours-{run}-{n}", system, n) for n in range(count)])


async def _baseline(processes: Processes, system: Installation, web: Process, run: str, count: int) -> Run:
    async with httpx.AsyncClient(base_url=web.url, trust_env=False) as http:
        return await _send(
            processes, http, [_Reply(f"baseline-{run}-{n}", system, n, baseline=True) for n in range(count)]
        )


@dataclass(frozen=True, slots=True)
class _Reply:
    text: str
    system: Installation
    number: int
    baseline: bool = False

    async def post(self, http: httpx.AsyncClient) -> httpx.Response:
        chat = self.system.chats[self.number % len(self.system.chats)]
        if self.baseline:
            return await http.post("/reply", json={"chat": chat, "text": self.text})
        path = f"{panel.PATH}api/chats/{chat}/messages"
        return await http.post(path, json={"text": self.text, "ref": self.text})


async def _send(processes: Processes, http: httpx.AsyncClient, replies: list[_Reply]) -> Run:
    """Post replies one by one and ask the simulator when each arrived."""
    began = time.time()
    accepted: list[float] = []
    for reply in replies:
        answer = await reply.post(http)
        answer.raise_for_status()
        accepted.append(time.time())
        await asyncio.sleep(_GAP_S)
    called = await _called(processes, began, len(accepted))
    took = [max(0.0, call - at) * 1000 for call, at in zip(called, accepted, strict=True)]
    return Run(quantile(took, 0.5), quantile(took, 0.99))


async def _called(processes: Processes, since: float, count: int) -> list[float]:
    """Return the times when replies arrived at Avito, in order. Raises TimeoutError."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http, asyncio.timeout(_CALLED_WITHIN_S):
        while True:
            truth = f"{processes.url('simulator')}/_control/truth?parts=calls&since={since}"
            log = (await http.get(truth)).json()["calls"]
            found = sorted(call["at"] for call in log if call["operation"] == _SEND)
            if len(found) >= count:
                return found
            await asyncio.sleep(0.2)


def _report(ours: list[Run], baseline: list[Run], count: int) -> Result:
    rows = []
    for name, runs in (("Avito Live", ours), ("baseline: arq with its defaults", baseline)):
        p50, p99 = spread([run.p50 for run in runs]), spread([run.p99 for run in runs])
        rows.append(
            (
                name,
                f"{p50.median:.1f} ({p50.least:.1f}–{p50.most:.1f})",
                f"{p99.median:.1f} ({p99.least:.1f}–{p99.most:.1f})",
            )
        )
    mine, theirs = spread([run.p50 for run in ours]).median, spread([run.p50 for run in baseline]).median
    return Result(
        "A reply",
        f"202 at the gateway → the call arrives at Avito (the simulator), {count} replies, 10 a second.",
        ("", "p50 ms", "p99 ms"),
        tuple(rows),
        (
            Target("p50", mine, 10, " ms", at_least=False),
            Target("faster than arq with its defaults, by p50", ratio(theirs, mine), 25, "×"),
        ),
    )
