"""Connections that break, and webhooks that are duplicated, late or out of order."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from chaos.faults.store import kill_subscriptions
from chaos.stage import Stage
from chaos.traffic import every
from testbed.waiting import meanwhile


@asynccontextmanager
async def cut(stage: Stage, ways: Collection[str]) -> AsyncIterator[None]:
    """Reset these connections at random instants, about three times a second."""

    async def cut_on() -> None:
        while True:
            for way in ways:
                stage.proxies[way].cut()
            await asyncio.sleep(stage.chance.uniform(0.1, 0.6))

    async with meanwhile(cut_on()):
        yield
    stage.notes += [f"{way} was never cut" for way in ways if not stage.proxies[way].was_cut]


@asynccontextmanager
async def subscriptions_killed(stage: Stage) -> AsyncIterator[None]:
    """Cut every pub/sub connection repeatedly, as Redis does when one reads too slowly."""

    async def kill_on() -> None:
        async for _ in every(0.3):
            await kill_subscriptions(stage)

    async with meanwhile(kill_on()):
        yield


@asynccontextmanager
async def disordered(stage: Stage) -> AsyncIterator[None]:
    """Post a third of the webhooks twice, a third out of order, and all of them two seconds late."""
    await stage.avito.faults(
        webhook_duplicate=0.33, webhook_reorder=0.33, webhook_reorder_s=2, webhook_delay_s=2
    )
    try:
        yield
    finally:
        await stage.avito.faults(
            webhook_duplicate=0, webhook_reorder=0, webhook_reorder_s=0.5, webhook_delay_s=0
        )
