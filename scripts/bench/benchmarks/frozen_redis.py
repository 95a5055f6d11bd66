"""Ingest while Redis is frozen: the latency of the answers, and losses."""

import asyncio
import os
import signal
import time

import uvloop
from redis import Redis

from bench import webhooks
from bench.figures import quantile
from bench.poster import Poster
from bench.processes import ACCOUNT, WEBHOOK, Process, Processes, open_processes
from bench.result import Result, Target
from bench.timing import address
from shared.redis import keys
from shared.wires import inbox

_CONNECTIONS = 16
_RATE = 200.0
_BEFORE_S = 0.5
_DRAINED_WITHIN_S = 60.0


def measure(seconds: float) -> Result:
    """Freeze Redis for `seconds` while 200 webhooks a second arrive."""
    with open_processes() as processes:
        server = processes.redis()
        ingest = processes.service("ingest")
        took = uvloop.run(_post(server, ingest, seconds))
        lost, spooled = _lost(processes, len(took))
    worst = max(took)
    return Result(
        "Redis frozen",
        f"{_RATE:g} webhooks a second; Redis is stopped by SIGSTOP for {seconds:g} s and continued. "
        "Meanwhile ingest acknowledges from the spool, which then drains into the inbox.",
        ("acks", "p50 ms", "p99 ms", "worst ms", "lost", "inbox after"),
        (
            (
                f"{len(took):,}",
                f"{quantile(took, 0.5):.1f}",
                f"{quantile(took, 0.99):.1f}",
                f"{worst:.0f}",
                f"{lost}",
                f"{spooled:,}",
            ),
        ),
        (
            Target("slowest ack", worst, 250, " ms", at_least=False),
            Target("webhooks lost", lost, 0, at_least=False),
        ),
    )


async def _post(server: Process, ingest: Process, seconds: float) -> list[float]:
    """Return the milliseconds of each answer. Raises RuntimeError if one is not 200."""
    posters = [await Poster.at(*address(ingest.url)) for _ in range(_CONNECTIONS)]
    loop = asyncio.get_running_loop()
    loop.call_later(_BEFORE_S, os.kill, server.popen.pid, signal.SIGSTOP)
    loop.call_later(_BEFORE_S + seconds, os.kill, server.popen.pid, signal.SIGCONT)
    took: list[float] = []

    async def post(number: int) -> None:
        body = webhooks.body(ACCOUNT, "u2i-frozen", f"frozen-{number}", 1_757_403_725)
        began = time.perf_counter()
        status = await posters[number % _CONNECTIONS].send(webhooks.request(WEBHOOK, body))
        took.append((time.perf_counter() - began) * 1000)
        if status != 200:
            raise RuntimeError(f"webhook {number} was answered {status}")

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(_RATE * (seconds + 2 * _BEFORE_S))):
            await asyncio.sleep(max(0.0, began + number / _RATE - time.perf_counter()))
            group.create_task(post(number))
    for poster in posters:
        poster.close()
    return took


def _lost(processes: Processes, posted: int) -> tuple[int, int]:
    """Wait until the spool is empty; return the number of missing webhooks and of inbox entries."""
    deadline = time.monotonic() + _DRAINED_WITHIN_S
    with Redis.from_url(processes.redis_url) as redis:
        while True:
            entries = redis.xrange(keys.INBOX)
            there = {inbox.read(fields).body for _, fields in entries if not inbox.is_canary(fields)}
            if len(there) >= posted or time.monotonic() > deadline:
                return posted - len(there), len(entries)
            time.sleep(0.1)
