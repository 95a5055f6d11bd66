"""Processes that die or are frozen."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from chaos.stage import Stage

_SOONEST_S, _LATEST_S = 0.05, 0.8


@asynccontextmanager
async def killed(stage: Stage, part: str, times: int) -> AsyncIterator[None]:
    """Kill -9 a part `times` times at random instants, and start it again each time."""
    for number in range(times):
        if number:
            await stage.start(part)
        await asyncio.sleep(stage.chance.uniform(_SOONEST_S, _LATEST_S))
        await stage.system.kill(part)
    yield
    await stage.start(part)


@asynccontextmanager
async def gone(stage: Stage, parts: Sequence[str]) -> AsyncIterator[None]:
    """Kill -9 these parts for good; the others take over."""
    await stage.system.kill(*parts)
    yield


@asynccontextmanager
async def frozen(stage: Stage, parts: Sequence[str]) -> AsyncIterator[None]:
    """Stop processes with SIGSTOP; their connections stay open."""
    for part in parts:
        stage.system.signal(part, signal.SIGSTOP)
    try:
        yield
    finally:
        for part in parts:
            stage.system.signal(part, signal.SIGCONT)


@asynccontextmanager
async def spool_orphaned(stage: Stage, heir: str) -> AsyncIterator[None]:
    """Kill -9 an ingest while Redis is frozen, so that another one must take over its spool."""
    async with frozen(stage, ["redis"]):
        await asyncio.sleep(1.5)
        await stage.system.kill("ingest")
    await stage.system.ready(heir)
    yield
    await stage.start("ingest")
