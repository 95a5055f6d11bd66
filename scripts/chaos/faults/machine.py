"""A full disk, and a clock that jumps."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chaos import fake_clock
from chaos.faults.processes import frozen
from chaos.stage import Stage

_A_FEW_WEBHOOKS = 64 * 1024
AN_HOUR = 3600
_REFUSED = 503


@asynccontextmanager
async def disk_full(stage: Stage) -> AsyncIterator[None]:
    """Limit the size of ingest's files to a few webhooks while Redis is frozen."""
    ingest = stage.system.pid("ingest")
    soft, hard = resource.prlimit(ingest, resource.RLIMIT_FSIZE)
    resource.prlimit(ingest, resource.RLIMIT_FSIZE, (_A_FEW_WEBHOOKS, hard))
    try:
        async with frozen(stage, ["redis"]):
            yield
    finally:
        resource.prlimit(ingest, resource.RLIMIT_FSIZE, (soft, hard))
    answers = (await stage.avito.truth("deliveries"))["deliveries"]
    if not any(answer["status"] == _REFUSED for answer in answers):
        stage.notes.append("no webhook was refused, so the disk was not full")


@asynccontextmanager
async def clock_jumps(stage: Stage, rest_s: float) -> AsyncIterator[None]:
    """Set the clock of all services an hour ahead, then an hour back, then to the right time."""
    assert stage.clock is not None  # noqa: S101 - the experiment's setup asks for it
    fake_clock.shift(stage.clock, AN_HOUR)
    await asyncio.sleep(rest_s)
    fake_clock.shift(stage.clock, -AN_HOUR)
    await asyncio.sleep(rest_s)
    yield
    fake_clock.shift(stage.clock, 0)
