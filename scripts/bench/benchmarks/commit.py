"""Commit: a worker parses, merges, journals and publishes a backlog."""

import time
from signal import SIGCONT, SIGSTOP
from statistics import median

from redis.asyncio import Redis

from bench import webhooks
from bench.result import Result, at_least, cell
from bench.stage import running_stage
from shared.redis import keys
from shared.wires import inbox
from shared.wires.inbox import Webhook
from testbed import ACCOUNT, System, until

CHATS = 50
_AT_ONCE = 500


async def measure(*, quick: bool) -> Result:
    """Drain several times by one worker."""
    rounds, count = (2, 4000) if quick else (4, 10_000)
    async with running_stage(chats=CHATS) as system, system.redis as redis:
        await system.stop("gateway", "ingest")  # so that only the worker is measured
        await _drain(system, redis, "warm", count)
        runs = [await _drain(system, redis, f"run-{number}", count) for number in range(rounds)]
    rates = [rate for rate, _, _ in runs]
    worker_us, redis_us = (median(run[at] for run in runs) for at in (1, 2))
    return Result(
        "Commit",
        f"One worker drains {count:,} webhooks of 600 bytes in {CHATS} known chats: "
        "parse, merge, read model, journal, publish, clear the inbox.",
        ("", "messages/s", "CPU µs/message", "of it in Redis"),
        [("one worker", cell(rates, 0), f"{worker_us + redis_us:.0f}", f"{redis_us:.0f}")],
        (at_least("messages a second by one worker", median(rates), 3000),),
    )


async def _drain(system: System, redis: Redis, run: str, count: int) -> tuple[float, float, float]:
    """Freeze the worker, fill the inbox, resume it, and wait until it is empty.

    Returns the entries a second, and the CPU microseconds of the worker and of Redis for each.
    """
    system.signal("worker", SIGSTOP)
    await _fill(redis, system.chats, run, count)
    servers = [system.part(name) for name in ("worker", "redis")]
    before, began = [server.cpu_s() for server in servers], time.perf_counter()
    system.signal("worker", SIGCONT)

    async def empty() -> bool:
        return not await redis.xlen(keys.INBOX)

    await until(empty, within=120, every=0.005)
    rate = count / (time.perf_counter() - began)
    used = [(server.cpu_s() - at) / count * 1e6 for server, at in zip(servers, before, strict=True)]
    return rate, used[0], used[1]


async def _fill(redis: Redis, chats: list[str], run: str, count: int) -> None:
    """Put webhooks of new messages, in these chats in turn, into the inbox as ingest does."""
    now = int(time.time())
    for start in range(0, count, _AT_ONCE):
        async with redis.pipeline(transaction=False) as pipe:
            for number in range(start, min(count, start + _AT_ONCE)):
                body = webhooks.body(ACCOUNT, chats[number % len(chats)], f"{run}-{number}", now)
                pipe.execute_command("XADD", keys.INBOX, "*", *inbox.write(Webhook(body, time.time())))
            await pipe.execute()
