"""Ingest under load: 64 connections, 600-byte bodies, 200 only after Redis has confirmed."""

from collections import defaultdict
from pathlib import Path
from statistics import median

import anyio
from redis.asyncio import Redis

from bench import webhooks
from bench.result import Result, at_least, at_most, cell, paired
from bench.stage import peers_redis, running_stage, serve
from shared.redis import keys
from testbed import ACCOUNT, System, SystemPart

BODY = webhooks.body(ACCOUNT, "u2i-bench", "ingest", 1_757_403_725)
FLOOR, OURS, ARQ = "bare uvicorn, 200", "ingest", "Starlette + arq"
_CONNECTIONS = 64
_WRK = """
wrk.method, wrk.body, wrk.headers["Content-Type"] = "POST", [==[%s]==], "application/json"
function done(summary, latency)
    local bad = 0
    for _, count in pairs(summary.errors) do bad = bad + count end
    print(bad, summary.requests, summary.duration / 1e6, latency:percentile(99) / 1e3)
end
"""


async def measure(*, quick: bool) -> Result:
    """Load all servers in turn."""
    rounds, seconds = (2, 1) if quick else (4, 2)
    runs: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    async with running_stage("ingest") as system:
        floor, arq = await serve(system, "floor:app"), await serve(system, "baseline:app")
        subjects = {
            FLOOR: (floor, f"{floor.url}/webhook"),
            OURS: (system.part("ingest"), system.webhook_url),
            ARQ: (arq, f"{arq.url}/webhook"),
        }
        for server, url in subjects.values():
            await _run(system, server, url, 1)
        for _ in range(rounds):
            for name, (server, url) in subjects.items():
                runs[name].append(await _run(system, server, url, seconds))
    return _report(runs)


async def _run(system: System, server: SystemPart, url: str, seconds: int) -> tuple[float, float, float]:
    """Return the requests per second of a run, the p99 in ms, and the server's CPU µs for each."""
    before = server.cpu_s()
    requests, rate, p99_ms = await _load(url, seconds, system.folder)
    used = server.cpu_s() - before
    async with system.redis as ours, Redis.from_url(peers_redis(system)) as arq:
        await ours.delete(keys.INBOX)  # ingest uses its spool when the inbox is long
        await arq.flushdb()
    return rate, p99_ms, used / requests * 1e6


async def _load(url: str, seconds: int, folder: Path) -> tuple[float, float, float]:
    """Post for `seconds` by wrk; return the requests, those in a second, and the p99 in ms.

    Raises RuntimeError if a request failed, and FileNotFoundError if wrk is not installed.
    """
    script = folder / "post.lua"
    script.write_text(_WRK % BODY.decode(), encoding="utf-8")
    command = ("wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{seconds}s", "-s", str(script), url)
    said = (await anyio.run_process(command)).stdout
    bad, requests, took, p99_ms = map(float, said.split()[-4:])
    if bad:
        raise RuntimeError(f"{bad:g} of {requests:g} requests failed")
    return requests, requests / took, p99_ms


def _report(runs: dict[str, list[tuple[float, float, float]]]) -> Result:
    rate, p99, cpu = ({name: [run[at] for run in some] for name, some in runs.items()} for at in range(3))
    of_floor = {name: median(rate[name]) / median(rate[FLOOR]) for name in runs}
    return Result(
        "Ingest",
        "The real process with secret check, size bound and Redis' confirmation (AOF everysec), "
        f"{_CONNECTIONS} connections, {len(BODY)}-byte bodies; load by wrk.",
        ("", "requests/s", "× floor", "CPU µs/request", "p99 ms"),
        [
            (name, cell(rate[name], 0), f"{of_floor[name]:.2f}", f"{median(cpu[name]):.0f}", cell(p99[name]))
            for name in runs
        ],
        (
            at_least(
                "throughput of bare uvicorn, the two measured in turn",
                paired(rate[OURS], rate[FLOOR]),
                0.8,
                "×",
            ),
            at_least("arq.enqueue_job a request", median(rate[OURS]) / median(rate[ARQ]), 8, "×"),
            at_most("p99 relative to the floor", median(p99[OURS]) / median(p99[FLOOR]), 2, "×"),
        ),
    )
