"""Replies that are being sent when something breaks: each must reach its buyer once."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chaos.faults.store import aof_of
from chaos.replies import at_avito, reply
from chaos.stage import Stage
from shared.redis import keys
from testbed.waiting import until

_REPLIES = 5
_WAIT_S = "3"
_ON_DISK_S = 1.2
_SETTLED_WITHIN_S = 60.0


@asynccontextmanager
async def sent_replies_lost(stage: Stage) -> AsyncIterator[None]:
    """Delay replies at Avito, then cut the power: the AOF ends before they were sent."""
    await stage.avito.strike("send", status=429, headers={"Retry-After": _WAIT_S}, count=1)
    texts = [await reply(stage, chat) for chat in stage.chats[:_REPLIES]]
    await asyncio.sleep(_ON_DISK_S)
    file = aof_of(stage.system.redis_server.folder)
    size = file.stat().st_size
    await until(lambda: _have_left(stage, texts), within=_SETTLED_WITHIN_S)
    await stage.system.kill("redis")
    os.truncate(file, size)
    yield
    await stage.allow_sweeps()
    await stage.start("redis")
    await _settle(stage, texts)


@asynccontextmanager
async def token_slow(stage: Stage) -> AsyncIterator[None]:
    """Expire the token when a reply is sent, issue the next one late, and accept the reply late."""
    await stage.allow_sweeps()
    await stage.avito.strike("send", status=401, count=1)
    await stage.avito.strike("send", delay_s=7.5, count=1)
    await stage.avito.strike("token", delay_s=6.5, count=1)
    texts = [await reply(stage, stage.chats[0])]
    yield
    await until(lambda: _have_left(stage, texts), within=_SETTLED_WITHIN_S)
    await _settle(stage, texts)


async def _settle(stage: Stage, texts: list[str]) -> None:
    """Wait until no reply is waiting, and note each that did not reach its buyer exactly once."""
    async with stage.redis as redis:

        async def ended() -> bool:
            return not await redis.exists(keys.OUTBOX_WAITING)

        await until(ended, within=_SETTLED_WITHIN_S)
    times = await at_avito(stage)
    stage.notes += [f"a reply is at Avito {times[text]} times" for text in texts if times[text] != 1]


async def _have_left(stage: Stage, texts: list[str]) -> bool:
    return set(texts) <= set(await at_avito(stage))
