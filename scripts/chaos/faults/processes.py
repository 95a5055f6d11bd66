"""Processes that die or are frozen, whose disk is full or whose clock jumps."""

import asyncio
import resource
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chaos import fake_clock
from chaos.stage import Stage

_A_FEW_WEBHOOKS = 64 * 1024
_AN_HOUR = 3600


@asynccontextmanager
async def killed(stage: Stage, part: str, times: int) -> AsyncIterator[None]:
    """Kill -9 a part `times` times at random instants, and start it again each time."""
    for number in range(times):
        if number:
            await stage.system.start(part)
        await asyncio.sleep(stage.chance.uniform(0.05, 0.8))
        await stage.system.kill(part)
    yield
    await stage.system.start(part)


@asynccontextmanager
async def gone(stage: Stage) -> AsyncIterator[None]:
    """Kill -9 a worker and a gateway for good; the others take over."""
    await stage.system.kill("worker", "gateway")
    yield


@asynccontextmanager
async def frozen(stage: Stage, part: str = "redis") -> AsyncIterator[None]:
    """Stop a process with SIGSTOP; its connections stay open."""
    stage.system.signal(part, signal.SIGSTOP)
    try:
        yield
    finally:
        stage.system.signal(part, signal.SIGCONT)


@asynccontextmanager
async def spool_orphaned(stage: Stage) -> AsyncIterator[None]:
    """Kill -9 an ingest while Redis is frozen, so that another one must take over its spool."""
    async with frozen(stage):
        await asyncio.sleep(1.5)
        await stage.system.kill("ingest")
    await stage.system.part("ingest-2").ready()
    yield
    await stage.system.start("ingest")


@asynccontextmanager
async def disk_full(stage: Stage) -> AsyncIterator[None]:
    """Limit the size of ingest's files to a few webhooks while Redis is frozen."""
    ingest = stage.system.part("ingest").running.pid
    soft, hard = resource.prlimit(ingest, resource.RLIMIT_FSIZE)
    resource.prlimit(ingest, resource.RLIMIT_FSIZE, (_A_FEW_WEBHOOKS, hard))
    try:
        async with frozen(stage):
            yield
    finally:
        resource.prlimit(ingest, resource.RLIMIT_FSIZE, (soft, hard))
    answers = (await stage.avito.truth("deliveries"))["deliveries"]
    if not any(answer["status"] == 503 for answer in answers):
        stage.notes.append("no webhook was refused, so the disk was not full")


@asynccontextmanager
async def clock_jumps(stage: Stage, rest_s: float) -> AsyncIterator[None]:
    """Set the clock of all services an hour ahead, then an hour back, then to the right time."""
    assert stage.clock is not None  # noqa: S101 - the experiment's setup asks for it
    for seconds in (_AN_HOUR, -_AN_HOUR):
        fake_clock.shift(stage.clock, seconds)
        await asyncio.sleep(rest_s)
    yield
    fake_clock.shift(stage.clock, 0)
