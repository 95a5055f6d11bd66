"""Bursts of webhooks, raw webhooks, and waiting until all are posted."""

import asyncio
import json
import time
from collections.abc import Iterable
from random import Random
from typing import TypeVar

from starlette.requests import Request
from starlette.routing import Route

from avito_simulator.control.bodies import Burst, CreateChat, Idle, RawWebhook, Write
from avito_simulator.control.handle import Answer, post
from avito_simulator.control.story import make_chat, write
from avito_simulator.delivery import Event
from avito_simulator.model import Message
from avito_simulator.simulator import Simulator

T = TypeVar("T")


def routes(sim: Simulator) -> list[Route]:
    """Return the routes for bursts, raw webhooks and waiting."""

    async def burst(request: Request, body: Burst) -> Answer:
        return await run_burst(sim, body)

    async def raw(request: Request, body: RawWebhook) -> Answer:
        text = body.raw if body.event is None else json.dumps(body.event, ensure_ascii=False)
        event = Event(text.encode(), content_type=body.content_type)
        answered = await asyncio.gather(*sim.delivery.publish(event))
        return {"postings": len(answered), "answered_200": sum(answered)}

    async def idle(request: Request, body: Idle) -> Answer:
        try:
            async with asyncio.timeout(body.timeout_s):
                await sim.delivery.idle()
        except TimeoutError:
            return {"idle": False}
        return {"idle": True}

    return [
        post("/burst", Burst, burst),
        post("/webhook", RawWebhook, raw),
        post("/idle", Idle, idle),
    ]


async def run_burst(sim: Simulator, order: Burst) -> Answer:
    """Write all messages and post their webhooks at the rate; return when all are delivered."""
    chat_ids = order.chat_ids or [make_chat(sim, CreateChat()).id for _ in range(order.chats)]
    messages = _written(sim, chat_ids, order)
    postings = plan(messages, order.duplicates, sim.chance, shuffle=order.shuffle)
    started = time.monotonic()
    futures = []
    for number, message in enumerate(postings):
        if order.rate:
            await asyncio.sleep(started + number / order.rate - time.monotonic())
        futures += sim.delivery.publish(sim.event(message), in_order=not order.shuffle)
    answered = await asyncio.gather(*futures)
    return {
        "messages": len(messages),
        "chat_ids": chat_ids,
        "postings": len(answered),
        "answered_200": sum(answered),
        "seconds": round(time.monotonic() - started, 3),
    }


def plan(items: Iterable[T], duplicates: float, rng: Random, *, shuffle: bool) -> list[T]:
    """Return the items in the order of posting: a share of them twice, all shuffled with `shuffle`."""
    planned = [item for one in items for item in [one] * (2 if rng.random() < duplicates else 1)]
    if shuffle:
        rng.shuffle(planned)
    return planned


def _written(sim: Simulator, chat_ids: list[str], order: Burst) -> list[Message]:
    """Return the messages, the last one dated now, and none before the last one of its chat."""
    now = sim.clock()
    pace = 1 / order.rate if order.rate else 0
    written = []
    for number in range(order.messages):
        chat_id = sim.chance.choice(chat_ids)
        last = sim.world.last(chat_id)
        created = max(int(now - (order.messages - 1 - number) * pace), last.created if last else 0)
        text = order.text.replace("{n}", str(number + 1))
        written.append(write(sim, chat_id, Write(text=text, created=created, webhook=False)))
    return written
