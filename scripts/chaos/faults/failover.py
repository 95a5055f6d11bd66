"""A master that dies or is replaced as planned while Sentinels watch it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from avito_live.runner.parts import kind_of
from chaos.replier import Replier, replying, sent
from chaos.stage import Stage
from testbed.system import PASSWORD, USERNAME
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
    group = stage.sentinels
    assert group is not None  # noqa: S101 - the experiment's setup asks for it
    if unheard_s:
        await asyncio.to_thread(group.disconnect_replicas)
        await asyncio.sleep(unheard_s)
    await stage.system.kill("redis")
    before = stage.system.redis_server.port
    await until(lambda: asyncio.to_thread(lambda: group.master_port() != before), within=_DECIDED_WITHIN_S)
    yield
    await asyncio.to_thread(stage.system.launch, "redis")


@asynccontextmanager
async def master_switched(stage: Stage, times: int) -> AsyncIterator[None]:
    """Replace the master several times while a program replies to buyers through all gateways.

    In the end every accepted reply must be at Avito, and each reply at most once.
    """
    group = stage.sentinels
    assert group is not None  # noqa: S101 - the experiment's setup asks for it
    await stage.allow_sweeps()  # an unconfirmed reply is looked for in Avito's lists
    gateways = [stage.system.url(name) for name in stage.system.parts if kind_of(name) == "gateway"]
    await _known(stage)
    async with replying(gateways, (USERNAME, PASSWORD), stage.chats, _REPLIES_A_SECOND) as answers:
        for number in range(times):
            await asyncio.sleep(_BETWEEN_S)
            await asyncio.to_thread(group.switch, number % len(group.ports))
        await asyncio.sleep(_BETWEEN_S)
    with suppress(AssertionError):  # missing replies are reported below
        await until(lambda: _all_sent(stage, answers), within=_SENT_WITHIN_S)
    stage.notes += await _broken(stage, answers)
    yield


async def _known(stage: Stage) -> None:
    """Wait until there is a message in every chat, since a reply needs one."""

    async def shown() -> bool:
        return set(stage.chats) <= {chat for chat, thread in stage.screen.shown().items() if thread}

    await until(shown, within=_DECIDED_WITHIN_S)


async def _all_sent(stage: Stage, answers: Replier) -> bool:
    return answers.accepted <= (await sent(stage.avito, answers)).keys()


async def _broken(stage: Stage, answers: Replier) -> list[str]:
    there = await sent(stage.avito, answers)
    counts = {
        "accepted replies lost": len(answers.accepted - there.keys()),
        "replies sent again": sum(times - 1 for times in there.values()),
        "replies refused, more than half of all": max(0, len(answers.told) - 2 * len(answers.accepted)),
    }
    return [f"{count} {words}" for words, count in counts.items() if count]
