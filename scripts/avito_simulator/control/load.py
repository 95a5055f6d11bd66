"""Bursts of webhooks, raw webhooks, and waiting until all are posted."""

import asyncio
import json
import time
from typing import Annotated

from msgspec import Meta

from avito_simulator.control.story import Answer, CreateChat, Write, make_chat, write
from avito_simulator.delivery import Event
from avito_simulator.simulator import Simulator
from avito_simulator.strict import Strict


class Burst(Strict, frozen=True):
    """`messages` in `chats` (or `chat_ids`) in turn from any on, at `rate` a second, 0 = as fast as possible.

    With a `type` each is one of that type (a thousand calls in a thousand chats), else a text.
    """

    messages: Annotated[int, Meta(ge=1, le=100_000)] = 100
    chats: Annotated[int, Meta(ge=1, le=5_000)] = 10
    rate: Annotated[float, Meta(ge=0, le=5_000)] = 0
    text: str = "Сообщение {n}"
    type: str | None = None
    chat_ids: list[str] | None = None


async def burst(sim: Simulator, body: Burst) -> Answer:
    """Write messages at the rate, each with its webhook; return when all are delivered."""
    chat_ids = body.chat_ids or [make_chat(sim, CreateChat()).id for _ in range(body.chats)]
    started, posted = time.monotonic(), []
    first = sim.chance.randrange(len(chat_ids))
    for number in range(body.messages):
        if body.rate:
            await asyncio.sleep(started + number / body.rate - time.monotonic())
        text = None if body.type else body.text.replace("{n}", str(number + 1))
        written = Write(type=body.type, text=text, webhook=False)
        message = write(sim, chat_ids[(first + number) % len(chat_ids)], written)
        posted += sim.delivery.publish(sim.event(message))
    answered = await asyncio.gather(*posted)
    return {
        "messages": body.messages,
        "chat_ids": chat_ids,
        "postings": len(answered),
        "answered_200": sum(answered),
        "seconds": round(time.monotonic() - started, 3),
    }


async def raw(
    sim: Simulator, *, event: object = None, raw: str = "", content_type: str = "application/json"
) -> Answer:
    """Post any bytes as Avito does: `event` as JSON, else `raw` unchanged."""
    text = raw if event is None else json.dumps(event, ensure_ascii=False)
    posted = sim.delivery.publish(Event(text.encode(), content_type=content_type))
    answered = await asyncio.gather(*posted)
    return {"postings": len(answered), "answered_200": sum(answered)}


async def idle(sim: Simulator, *, timeout_s: Annotated[float, Meta(ge=0, le=600)] = 30) -> Answer:
    """Wait until all webhooks are posted, with a timeout."""
    try:
        async with asyncio.timeout(timeout_s):
            await sim.delivery.idle()
    except TimeoutError:
        return {"idle": False}
    return {"idle": True}
