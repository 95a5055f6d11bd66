"""A master that dies or is replaced as planned while Sentinels watch it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from avito_live.runner.parts import kind_of
from chaos.background import meanwhile
from chaos.replies import Replier, at_avito
from chaos.stage import Stage
from testbed.sentinels import Sentinels
from testbed.waiting import until

_DECIDED_WITHIN_S = 60.0
_SENT_WITHIN_S = 60.0
_REPLIES_A_SECOND = 8
_BETWEEN_S = 1.0


@asynccontextmanager
async def master_killed(stage: Stage, unheard_s: float = 0.0) -> AsyncIterator[None]:
    """Kill -9 the master; no replica has the writes of its last `unheard_s` seconds.

    Afterwards it comes back and must become a replica.
    """
    group = _sentinels(stage)
    if unheard_s:
        await asyncio.to_thread(group.disconnect_replicas)
        await asyncio.sleep(unheard_s)
    await stage.system.kill("redis")
    before = stage.system.redis_server.port
    await until(lambda: asyncio.to_thread(lambda: group.master_port() != before), within=_DECIDED_WITHIN_S)
    yield
    await stage.start("redis")


@asynccontextmanager
async def master_switched(stage: Stage, times: int) -> AsyncIterator[None]:
    """Replace the master several times while a program replies to buyers through all gateways.

    In the end every accepted reply must be at Avito, and each reply at most once.
    """
    group = _sentinels(stage)
    await stage.allow_sweeps()  # an unconfirmed reply is looked for in Avito's lists
    gateways = [stage.system.url(name) for name in stage.system.parts if kind_of(name) == "gateway"]
    await until(lambda: set(stage.chats) <= _chats_with_messages(stage), within=_DECIDED_WITHIN_S)
    replies = Replier(stage, gateways)
    async with meanwhile(replies.write_on(_REPLIES_A_SECOND)):
        for number in range(times):
            await asyncio.sleep(_BETWEEN_S)
            await asyncio.to_thread(group.switch, number % len(group.ports))
        await asyncio.sleep(_BETWEEN_S)
    await replies.answered()
    with suppress(AssertionError):  # missing replies are reported below
        await until(lambda: _all_sent(stage, replies), within=_SENT_WITHIN_S)
    stage.notes += await _broken(stage, replies)
    yield


def _sentinels(stage: Stage) -> Sentinels:
    assert stage.sentinels is not None  # noqa: S101 - the experiment's setup asks for it
    return stage.sentinels


def _chats_with_messages(stage: Stage) -> set[str]:
    """Return the chats that can be replied to."""
    return {chat for chat, thread in stage.screen.shown().items() if thread}


async def _all_sent(stage: Stage, replies: Replier) -> bool:
    return replies.accepted <= (await at_avito(stage)).keys()


async def _broken(stage: Stage, replies: Replier) -> list[str]:
    there = await at_avito(stage)
    counts = {
        "accepted replies lost": len(replies.accepted - there.keys()),
        "replies sent again": sum(max(0, there[text] - 1) for text in replies.told),
        "replies refused, more than half of all": max(0, len(replies.told) - 2 * len(replies.accepted)),
    }
    return [f"{count} {words}" for words, count in counts.items() if count]
