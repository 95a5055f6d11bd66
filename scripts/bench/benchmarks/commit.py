"""Commit: a worker parses, merges, journals and publishes a backlog."""

import os
import signal
import time
from dataclasses import dataclass
from statistics import median

from redis.asyncio import Redis

from bench import webhooks
from bench.result import Result, at_least, cell, paired
from bench.stage import Server, Stage, running_stage
from shared.redis import keys
from shared.wires import inbox
from shared.wires.inbox import Webhook
from testbed import ACCOUNT, until

CHATS = 50
_FLOOR_STREAM = "bench:floor"
_FLOOR_BATCH = 128
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Drained:
    """How fast entries were taken, and the CPU microseconds for each."""

    rate: float
    cpu_us: float
    redis_us: float = 0.0


async def measure(*, quick: bool) -> Result:
    """Drain by the floor and by one worker in turn, then by two workers."""
    rounds, count = (2, 4000) if quick else (4, 10_000)
    ours, floor = [], []
    async with running_stage(chats=CHATS) as stage, stage.redis as redis:
        await stage.system.stop("gateway", "ingest")  # so that only the worker is measured
        worker = stage.server("worker")
        await _drain(stage, redis, [worker], "warm", count)
        for number in range(rounds):
            ours.append(await _drain(stage, redis, [worker], f"one-{number}", count))
            floor.append(await _floor(stage, redis, count))
        await stage.system.start("worker-2")
        workers = [worker, stage.server("worker-2")]
        both = [await _drain(stage, redis, workers, f"two-{number}", count) for number in range(rounds)]
    return _report(ours, floor, both, count)


async def _drain(stage: Stage, redis: Redis, workers: list[Server], run: str, count: int) -> Drained:
    """Freeze the workers, fill the inbox, resume them, and wait until it is empty."""
    for worker in workers:
        os.kill(worker.pid, signal.SIGSTOP)
    try:
        await _fill(redis, keys.INBOX, stage.chats, run, count)
    finally:
        server = Server(stage.system.pid("redis"), "", stage.system.folder)
        used, served = sum(worker.cpu_s() for worker in workers), server.cpu_s()
        began = time.perf_counter()
        for worker in workers:
            os.kill(worker.pid, signal.SIGCONT)

    async def empty() -> bool:
        return not await redis.xlen(keys.INBOX)

    await until(empty, within=120, every=0.005)
    seconds = time.perf_counter() - began
    used, served = sum(worker.cpu_s() for worker in workers) - used, server.cpu_s() - served
    return Drained(count / seconds, used / count * 1e6, served / count * 1e6)


async def _floor(stage: Stage, redis: Redis, count: int) -> Drained:
    """Read a stream in batches like a worker's, and only acknowledge each entry."""
    await _fill(redis, _FLOOR_STREAM, stage.chats, "floor", count)
    await redis.xgroup_create(_FLOOR_STREAM, "floor", id="0")
    began, used, read = time.perf_counter(), time.process_time(), 0
    while read < count:
        reply = await redis.xreadgroup("floor", "one", {_FLOOR_STREAM: ">"}, count=_FLOOR_BATCH)
        for entry, _ in reply[0][1]:
            await redis.xack(_FLOOR_STREAM, "floor", entry)
            read += 1
    seconds, used = time.perf_counter() - began, time.process_time() - used
    await redis.delete(_FLOOR_STREAM)
    return Drained(count / seconds, used / count * 1e6)


async def _fill(redis: Redis, stream: str, chats: list[str], run: str, count: int) -> None:
    """Put webhooks of new messages, in these chats in turn, into a stream as ingest does."""
    now = int(time.time())
    for start in range(0, count, _AT_ONCE):
        async with redis.pipeline(transaction=False) as pipe:
            for number in range(start, min(count, start + _AT_ONCE)):
                body = webhooks.body(ACCOUNT, chats[number % len(chats)], f"{run}-{number}", now)
                pipe.execute_command("XADD", stream, "*", *inbox.write(Webhook(body, time.time())))
            await pipe.execute()


def _report(ours: list[Drained], floor: list[Drained], both: list[Drained], count: int) -> Result:
    rates, floor_rates = [one.rate for one in ours], [one.rate for one in floor]
    worker_us, redis_us = median(one.cpu_us for one in ours), median(one.redis_us for one in ours)
    floor_us = median(one.cpu_us for one in floor)
    reason = (
        f"A commit keeps Redis alone busy for {redis_us:.0f} µs of CPU, so {1e6 / redis_us:,.0f} a second is "
        f"the limit. The worker's {worker_us:.0f} µs run in parallel."
    )
    return Result(
        "Commit",
        f"One worker drains {count:,} webhooks of 600 bytes in {CHATS} known chats: "
        "parse, merge, read model, journal, publish, clear the inbox.",
        ("", "messages/s", "CPU µs/message", "of it in Redis"),
        (
            ("XREADGROUP, XACK each, nothing else (floor)", cell(floor_rates, 0), f"{floor_us:.0f}", ""),
            ("one worker", cell(rates, 0), f"{worker_us + redis_us:.0f}", f"{redis_us:.0f}"),
            ("two workers", cell([one.rate for one in both], 0), "", ""),
        ),
        (
            at_least("the no-op reader", paired(rates, floor_rates), 0.25, "×", reason),
            at_least("messages a second by one worker", median(rates), 3000, "", reason),
        ),
        stages={"worker: parse, decide, speak to Redis": worker_us, "Redis: the commit": redis_us},
    )
