"""A master that dies, with Sentinels to put a copy in its place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chaos_suite.stage import Stage
from tests.support.waiting import until

_DECIDED_WITHIN_S = 60.0


@asynccontextmanager
async def master_killed(stage: Stage, unheard_s: float = 0.0) -> AsyncIterator[None]:
    """Kill -9 the master. What it confirmed in the last `unheard_s` seconds no copy has heard of.

    Afterwards it comes back, and has to learn that it is the master no more.
    """
    group = stage.sentinels
    assert group is not None  # noqa: S101 - the row's plan asks for it
    if unheard_s:
        await asyncio.to_thread(group.shut_copies_out)
        await asyncio.sleep(unheard_s)
    await stage.system.kill("redis")
    before = stage.system.redis_server.port
    await until(lambda: asyncio.to_thread(lambda: group.master_port() != before), within=_DECIDED_WITHIN_S)
    yield
    await asyncio.to_thread(stage.system.launch, "redis")
