"""Ingest under load: 64 connections, 600-byte bodies, 200 only after Redis has confirmed."""

from collections import defaultdict
from dataclasses import dataclass

from redis import Redis

from bench import load, webhooks
from bench.figures import Spread, ratio, spread
from bench.load import LoadResult
from bench.processes import ACCOUNT, WEBHOOK, Process, Processes, open_processes
from bench.result import Result, Target
from shared.redis import keys

BODY = webhooks.body(ACCOUNT, "u2i-bench", "ingest", 1_757_403_725)
FLOOR, OURS, XADD, ARQ = "bare uvicorn, 200", "ingest", "Starlette + redis-py XADD", "Starlette + arq"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one subject."""

    load: LoadResult
    cpu_us: float


def measure(rounds: int, seconds: float) -> Result:
    """Run all subjects in turn, `rounds` times."""
    with open_processes() as processes:
        processes.redis()
        subjects = {
            FLOOR: (processes.http_peer("peers.bare_http"), "/webhook"),
            OURS: (processes.service("ingest"), WEBHOOK),
            XADD: (processes.http_peer("peers.store_each", processes.redis_url, "xadd"), "/webhook"),
            ARQ: (processes.http_peer("peers.store_each", processes.redis_url, "arq"), "/webhook"),
        }
        for process, path in subjects.values():
            _run(processes, process, path, 1)
        runs: dict[str, list[Run]] = defaultdict(list)
        for _ in range(rounds):
            for name, (process, path) in subjects.items():
                runs[name].append(_run(processes, process, path, seconds))
    return _report(runs)


def _run(processes: Processes, process: Process, path: str, seconds: float) -> Run:
    before = process.cpu_s()
    done = load.run(process.url + path, BODY, seconds, processes.folder)
    used = process.cpu_s() - before
    with Redis.from_url(processes.redis_url) as redis:  # ingest uses its spool when the inbox is long
        redis.flushall() if process.name != "ingest" else redis.delete(keys.INBOX)
    return Run(done, used / done.requests * 1e6)


def _report(runs: dict[str, list[Run]]) -> Result:
    rate = {name: spread([run.load.rate for run in some]) for name, some in runs.items()}
    p99 = {name: spread([run.load.p99_ms for run in some]) for name, some in runs.items()}
    cpu = {name: spread([run.cpu_us for run in some]) for name, some in runs.items()}
    shares = paired(runs, OURS, FLOOR)
    rows = tuple(
        (
            name,
            f"{rate[name].median:,.0f} ({rate[name].least:,.0f}–{rate[name].most:,.0f})",
            f"{rate[name].median / rate[FLOOR].median:.2f}",
            f"{cpu[name].median:.0f}",
            f"{cpu[FLOOR].median / cpu[name].median:.2f}",
            f"{p99[name].median:.1f} ({p99[name].least:.1f}–{p99[name].most:.1f})",
        )
        for name in runs
    )
    return Result(
        "Ingest",
        "The real process with secret check, size bound and Redis' confirmation (AOF everysec), "
        f"{load.CONNECTIONS} connections, {len(BODY)}-byte bodies; load by {load.tool()}.",
        ("", "requests/s", "× floor", "CPU µs/request", "× floor by CPU", "p99 ms"),
        rows,
        (
            Target("throughput of bare uvicorn, the two measured in turn", shares.median, 0.8, "×"),
            Target("arq.enqueue_job a request", ratio(rate[OURS].median, rate[ARQ].median), 8, "×"),
            Target(
                "p99 relative to the floor",
                ratio(p99[OURS].median, p99[FLOOR].median),
                2,
                "×",
                at_least=False,
            ),
        ),
        stages={"ingest: read, check, store, answer": cpu[OURS].median},
    )


def paired(runs: dict[str, list[Run]], ours: str, floor: str) -> Spread:
    """Return the ratio of runs in the same round, when the machine was the same."""
    pairs = zip(runs[ours], runs[floor], strict=True)
    return spread([one.load.rate / other.load.rate for one, other in pairs])
