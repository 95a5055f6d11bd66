"""Commit: a worker parses, merges, journals and publishes a backlog."""

import subprocess
import sys
from dataclasses import dataclass

import uvloop
from redis import Redis

from bench import backlog
from bench.backlog import Drained
from bench.figures import Spread, spread
from bench.installation import Installation, install
from bench.processes import Processes, open_processes
from bench.result import Result, Target

CHATS = 50


@dataclass(frozen=True, slots=True)
class Round:
    """One round of all subjects. Pairs are (messages per second, CPU µs)."""

    ours: Drained
    floor: tuple[float, float]
    batched: tuple[float, float]
    arq: tuple[float, float]


def measure(rounds: int, count: int) -> Result:
    """Run worker, floor and arq in turn, `rounds` times."""
    with open_processes() as processes:
        system = uvloop.run(install(processes, CHATS))
        processes.end(system.gateway, system.ingest)  # so that only the worker is measured
        with Redis.from_url(processes.redis_url) as redis:
            _drain(redis, system, "warm", count)
            done = [_round(processes, redis, system, f"r{number}", count) for number in range(rounds)]
            second = processes.service("worker-2")
            both = [
                backlog.drain(
                    redis, system.redis, [system.worker, second], backlog.bodies(f"t{n}", system.chats, count)
                )
                for n in range(rounds)
            ]
    return _report(done, both, count)


def _round(processes: Processes, redis: Redis, system: Installation, run: str, count: int) -> Round:
    ours = _drain(redis, system, run, count)
    floor, batched = (_floor(processes, redis, system, how, count) for how in ("each", "batch"))
    some = max(500, count // 5)
    arq = _peer("arq_noop", f"{processes.redis_url[:-1]}1", str(some))
    return Round(ours, floor, batched, _per(arq, some))


def _floor(
    processes: Processes, redis: Redis, system: Installation, how: str, count: int
) -> tuple[float, float]:
    stream = f"bench:floor:{how}"
    backlog.fill(redis, backlog.bodies("floor", system.chats, count), stream)
    took = _peer("stream_floor", processes.redis_url, stream, str(count), how)
    redis.delete(stream)
    return _per(took, count)


def _drain(redis: Redis, system: Installation, run: str, count: int) -> Drained:
    return backlog.drain(redis, system.redis, [system.worker], backlog.bodies(run, system.chats, count))


def _peer(name: str, *arguments: str) -> tuple[float, float]:
    """Run a peer and return the seconds and CPU seconds that it prints."""
    command = [sys.executable, "-m", f"bench.peers.{name}", *arguments]
    seconds, used = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-2:]
    return float(seconds), float(used)


def _per(took: tuple[float, float], count: int) -> tuple[float, float]:
    return count / took[0], took[1] / count * 1e6


def _report(rounds: list[Round], both: list[Drained], count: int) -> Result:
    ours = spread([one.ours.rate for one in rounds])
    floor = spread([one.floor[0] for one in rounds])
    batched = spread([one.batched[0] for one in rounds])
    arq = spread([one.arq[0] for one in rounds])
    two = spread([one.rate for one in both])
    worker_us = spread([one.ours.worker_us for one in rounds]).median
    redis_us = spread([one.ours.redis_us for one in rounds]).median
    reason = (
        f"A commit keeps Redis alone busy for {redis_us:.0f} µs of CPU (some forty commands in one script, "
        f"a dozen of them writes to the append-only file), so {1e6 / redis_us:,.0f} a second is the limit. "
        f"The worker's {worker_us:.0f} µs run in parallel. arq takes {_cpu(rounds, 'arq'):.0f} µs a job."
    )
    return Result(
        "Commit",
        f"One worker drains {count:,} webhooks of 600 bytes in {CHATS} known chats: "
        "parse, merge, read model, journal, publish, clear the inbox.",
        ("", "messages/s", "CPU µs/message", "of it in Redis"),
        (
            (
                "XREADGROUP, XACK each, nothing else (floor)",
                _shown(floor),
                f"{_cpu(rounds, 'floor'):.0f}",
                "",
            ),
            ("the same, a batch's XACKs in one write", _shown(batched), f"{_cpu(rounds, 'batched'):.0f}", ""),
            ("one worker", _shown(ours), f"{worker_us + redis_us:.0f}", f"{redis_us:.0f}"),
            ("two workers", _shown(two), "", ""),
            ("arq, jobs that do nothing", _shown(arq), f"{_cpu(rounds, 'arq'):.0f}", ""),
        ),
        (
            Target("the no-op reader", _beside(rounds, "floor"), 0.25, "×", reason=reason),
            Target("arq's no-op jobs", _beside(rounds, "arq"), 3, "×", reason=reason),
            Target("messages a second by one worker", ours.median, 3000, reason=reason),
        ),
        stages={"worker: parse, decide, speak to Redis": worker_us, "Redis: the commit": redis_us},
    )


def _cpu(rounds: list[Round], name: str) -> float:
    return spread([getattr(one, name)[1] for one in rounds]).median


def _beside(rounds: list[Round], peer: str) -> float:
    """Return the median ratio of our rate and a peer's in the same round."""
    return spread([one.ours.rate / getattr(one, peer)[0] for one in rounds]).median


def _shown(rate: Spread) -> str:
    return f"{rate.median:,.0f} ({rate.least:,.0f}–{rate.most:,.0f})"
