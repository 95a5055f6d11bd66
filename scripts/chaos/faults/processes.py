"""Processes that die, or stand still."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chaos.stage import Stage

_SOONEST_S, _LATEST_S = 0.05, 0.8


@asynccontextmanager
async def killed(stage: Stage, part: str, times: int) -> AsyncIterator[None]:
    """Kill -9 a part at random instants, as often as said, and start it again after each."""
    for number in range(times):
        if number:
            await stage.start(part)
        await asyncio.sleep(stage.chance.uniform(_SOONEST_S, _LATEST_S))
        await stage.system.kill(part)
    yield
    await stage.start(part)


@asynccontextmanager
async def gone(stage: Stage, *parts: str) -> AsyncIterator[None]:
    """Kill -9 these, and leave the work to those that remain."""
    await stage.system.kill(*parts)
    yield


@asynccontextmanager
async def frozen(stage: Stage, *parts: str) -> AsyncIterator[None]:
    """Stop processes in the middle of whatever they do; their connections stay open."""
    for part in parts:
        stage.system.signal(part, signal.SIGSTOP)
    try:
        yield
    finally:
        for part in parts:
            stage.system.signal(part, signal.SIGCONT)


@asynccontextmanager
async def spool_orphaned(stage: Stage, heir: str) -> AsyncIterator[None]:
    """Kill -9 an ingest while Redis is frozen, so that what it spooled is left to another one."""
    async with frozen(stage, "redis"):
        await asyncio.sleep(1.5)
        await stage.system.kill("ingest")
    await stage.system.ready(heir)
    yield
    await stage.start("ingest")
