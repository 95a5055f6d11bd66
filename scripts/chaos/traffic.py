"""What goes on during an experiment: buyers write and operators reply, regardless of failures."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from testbed.avito import Avito
from testbed.waiting import meanwhile

_IN_TIME_S = 2.0
"""The 3 s that a webhook has after a sweep, less the 2 s that ingest's heartbeat may be old, and 1 s by which
`created` may be rounded down."""


async def every(seconds: float) -> AsyncIterator[int]:
    """Yield 0, 1, 2 … at a steady rate, so that work which took long is caught up with."""
    due = time.monotonic()
    for number in itertools.count():
        yield number
        due += seconds
        await asyncio.sleep(max(0.0, due - time.monotonic()))


@asynccontextmanager
async def buyers_writing(avito: Avito, chats: list[str], rate: int) -> AsyncIterator[None]:
    """Write `rate` messages a second during the block; at its end wait until no webhook is on its way."""
    async with asyncio.TaskGroup() as bursts:

        async def write_on() -> None:
            async for _ in every(1.0):
                bursts.create_task(avito.burst(messages=rate, chat_ids=chats, rate=rate))

        async with meanwhile(write_on()):
            yield
    await avito.delivered()


async def webhooks(avito: Avito, since: float) -> dict[str, bool]:
    """Return the messages written since a time (Unix seconds), and whether a webhook of each got a 200."""
    found: dict[str, bool] = {}
    for one in (await avito.truth("deliveries", since))["deliveries"]:
        if name := one["message_id"]:
            found[name] = found.get(name, False) or one["status"] == 200
    return found


async def came_late(avito: Avito, since: float) -> bool:
    """Tell whether Avito posted a webhook so late that a sweep may rightly have counted it as missed."""
    told = await avito.truth("chats,deliveries", since)
    written = {one["id"]: one["created"] for chat in told["chats"] for one in chat["messages"]}
    return any(
        one["at"] + one["duration_ms"] / 1000 - written[one["message_id"]] > _IN_TIME_S
        for one in told["deliveries"]
        if one["message_id"] in written
    )
