"""Commit: a worker parses, merges, journals and publishes a backlog."""

import time
from dataclasses import dataclass
from signal import SIGCONT, SIGSTOP
from statistics import median

from redis.asyncio import Redis

from bench import webhooks
from bench.result import Result, at_least, cell
from bench.stage import Stage, running_stage
from shared.redis import keys
from shared.wires import inbox
from shared.wires.inbox import Webhook
from testbed import ACCOUNT, until

CHATS = 50
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Drained:
    """How fast entries were taken, and the CPU microseconds for each."""

    rate: float
    worker_us: float
    redis_us: float


async def measure(*, quick: bool) -> Result:
    """Drain by one worker, then by two."""
    rounds, count = (2, 4000) if quick else (4, 10_000)
    runs: list[list[Drained]] = []
    async with running_stage(chats=CHATS) as stage, stage.system.redis as redis:
        await stage.system.stop("gateway", "ingest")  # so that only the worker is measured
        workers = ["worker"]
        await _drain(stage, redis, workers, "warm", count)
        for more in ([], ["worker-2"]):
            await stage.system.start(*more)
            workers += more
            names = [f"{len(workers)}-{number}" for number in range(rounds)]
            runs.append([await _drain(stage, redis, workers, name, count) for name in names])
    return _report(runs[0], runs[1], count)


async def _drain(stage: Stage, redis: Redis, workers: list[str], run: str, count: int) -> Drained:
    """Freeze the workers, fill the inbox, resume them, and wait until it is empty."""
    for worker in workers:
        stage.system.signal(worker, SIGSTOP)
    await _fill(redis, stage.chats, run, count)
    busy, served = [stage.server(worker) for worker in workers], stage.server("redis")
    worker_s, redis_s = sum(one.cpu_s() for one in busy), served.cpu_s()
    began = time.perf_counter()
    for worker in workers:
        stage.system.signal(worker, SIGCONT)

    async def empty() -> bool:
        return not await redis.xlen(keys.INBOX)

    await until(empty, within=120, every=0.005)
    rate = count / (time.perf_counter() - began)
    worker_s, redis_s = sum(one.cpu_s() for one in busy) - worker_s, served.cpu_s() - redis_s
    return Drained(rate, worker_s / count * 1e6, redis_s / count * 1e6)


async def _fill(redis: Redis, chats: list[str], run: str, count: int) -> None:
    """Put webhooks of new messages, in these chats in turn, into the inbox as ingest does."""
    now = int(time.time())
    for start in range(0, count, _AT_ONCE):
        async with redis.pipeline(transaction=False) as pipe:
            for number in range(start, min(count, start + _AT_ONCE)):
                body = webhooks.body(ACCOUNT, chats[number % len(chats)], f"{run}-{number}", now)
                pipe.execute_command("XADD", keys.INBOX, "*", *inbox.write(Webhook(body, time.time())))
            await pipe.execute()


def _report(one: list[Drained], two: list[Drained], count: int) -> Result:
    rates = [run.rate for run in one]
    worker_us, redis_us = median(run.worker_us for run in one), median(run.redis_us for run in one)
    return Result(
        "Commit",
        f"One worker drains {count:,} webhooks of 600 bytes in {CHATS} known chats: "
        "parse, merge, read model, journal, publish, clear the inbox.",
        ("", "messages/s", "CPU µs/message", "of it in Redis"),
        (
            ("one worker", cell(rates, 0), f"{worker_us + redis_us:.0f}", f"{redis_us:.0f}"),
            ("two workers", cell([run.rate for run in two], 0), "", ""),
        ),
        (at_least("messages a second by one worker", median(rates), 3000),),
    )
