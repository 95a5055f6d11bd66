"""Connections that break, and webhooks that are duplicated, late or out of order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from chaos.background import meanwhile
from chaos.stage import Stage

_CALM = {"webhook_duplicate": 0, "webhook_reorder": 0, "webhook_reorder_s": 0.5, "webhook_delay_s": 0}


@asynccontextmanager
async def cut(stage: Stage, ways: Sequence[str]) -> AsyncIterator[None]:
    """Reset these connections at random instants, about three times a second."""

    async def cut_on() -> None:
        while True:
            for way in ways:
                stage.proxies[way].cut()
            await asyncio.sleep(stage.chance.uniform(0.1, 0.6))

    async with meanwhile(cut_on()):
        yield
    stage.notes += [f"{way} was never cut" for way in ways if not stage.proxies[way].cuts]


@asynccontextmanager
async def disordered(stage: Stage, late_s: float) -> AsyncIterator[None]:
    """Post a third of the webhooks twice, a third out of order, and all of them late."""
    await stage.avito.faults(
        webhook_duplicate=0.33, webhook_reorder=0.33, webhook_reorder_s=late_s, webhook_delay_s=late_s
    )
    try:
        yield
    finally:
        await stage.avito.faults(**_CALM)
