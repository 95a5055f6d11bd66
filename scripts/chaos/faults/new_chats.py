"""Many buyers who write for the first time at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from chaos.replies import reply
from chaos.stage import Stage
from shared.redis import keys
from shared.wires import jobs
from testbed.system import ACCOUNT
from testbed.waiting import until

_A_SHOPS_BUDGET = "300"
_AT_ONCE = 200
_WAIT = 0.2
"""The share of the chats that wait at once, however slowly a busy machine takes the webhooks."""


@asynccontextmanager
async def new_chats(stage: Stage, count: int) -> AsyncIterator[None]:
    """Let buyers write in `count` new chats; then an operator replies in an old one.

    The worker has the call budget of a real shop, so most of the chats wait to be enriched.
    """
    await stage.system.restart("worker", AVITO_RPM=_A_SHOPS_BUDGET)
    chats = [await stage.avito.chat() for _ in range(count)]
    await stage.avito.burst(messages=3 * count, chat_ids=chats, rate=_AT_ONCE)
    async with stage.redis as redis:

        async def wait_in_line() -> bool:
            return bool(await redis.zcard(keys.to_enrich(ACCOUNT)) > count * _WAIT)

        await until(wait_in_line, within=60)
    overtaken = await _enriched_before_a_reply(stage)
    if overtaken > jobs.ENRICHMENT.slots:
        stage.notes.append(f"a reply left after {overtaken} chats were enriched")
    yield
    await stage.system.restart("worker")


async def _enriched_before_a_reply(stage: Stage) -> int:
    """Reply, and return how many chats the worker fetched between the 202 and the call to Avito."""
    began = float((await stage.avito.truth("calls"))["now"])

    async def names() -> list[str]:
        calls: list[dict[str, Any]] = await stage.avito.calls(began)
        return [call["operation"] for call in calls]

    await reply(stage, stage.chats[0])
    before = await names()  # a busy machine takes its time to answer 202

    async def is_sent() -> bool:
        return "send" in await names()

    await until(is_sent, within=120)
    operations = await names()
    return operations[len(before) : operations.index("send")].count("chat")
