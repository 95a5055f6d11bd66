"""Ingest under load: 64 connections, 600-byte bodies, 200 only after Redis has confirmed."""

from collections import defaultdict
from statistics import median

from redis.asyncio import Redis

from bench import load, webhooks
from bench.result import Result, at_least, at_most, cell, paired
from bench.stage import WEBHOOK, Server, Stage, running_stage
from shared.redis import keys
from testbed import ACCOUNT

BODY = webhooks.body(ACCOUNT, "u2i-bench", "ingest", 1_757_403_725)
FLOOR, OURS, ARQ = "bare uvicorn, 200", "ingest", "Starlette + arq"


async def measure(*, quick: bool) -> Result:
    """Load all servers in turn."""
    rounds, seconds = (2, 1) if quick else (4, 2)
    runs: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    async with running_stage("ingest") as stage:
        subjects = {
            FLOOR: (await stage.serve("floor:app"), "/webhook"),
            OURS: (stage.server("ingest"), WEBHOOK),
            ARQ: (await stage.serve("baseline:app", REDIS_URL=stage.redis_url(2)), "/webhook"),
        }
        for server, path in subjects.values():
            await _run(stage, server, path, 1)
        for _ in range(rounds):
            for name, (server, path) in subjects.items():
                runs[name].append(await _run(stage, server, path, seconds))
    return _report(runs)


async def _run(stage: Stage, server: Server, path: str, seconds: int) -> tuple[float, float, float]:
    """Return the requests per second of a run, the p99 in ms, and the server's CPU µs for each."""
    before = server.cpu_s()
    requests, rate, p99_ms = await load.run(server.url + path, BODY, seconds, stage.system.folder)
    used = server.cpu_s() - before
    async with stage.system.redis as ours, Redis.from_url(stage.redis_url(2)) as arq:
        await ours.delete(keys.INBOX)  # ingest uses its spool when the inbox is long
        await arq.flushdb()
    return rate, p99_ms, used / requests * 1e6


def _report(runs: dict[str, list[tuple[float, float, float]]]) -> Result:
    rate, p99, cpu = ({name: [run[at] for run in some] for name, some in runs.items()} for at in range(3))
    of_floor = {name: median(rate[name]) / median(rate[FLOOR]) for name in runs}
    return Result(
        "Ingest",
        "The real process with secret check, size bound and Redis' confirmation (AOF everysec), "
        f"{load.CONNECTIONS} connections, {len(BODY)}-byte bodies; load by wrk.",
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
