"""Two hundred replies through all kinds of faults: each reaches the buyer once, in order."""

import asyncio
import random
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from testbed import System, running_system, until
from tests.push_gateway.panel import PATH, Panel

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]

CHATS = 20
REPLIES = 10
WORKERS = ("worker-1", "worker-2", "worker-3")
ECHOES: tuple[dict[str, Any], ...] = (
    {"echo": "before", "echo_delay_s": 0},
    {"echo": "after", "echo_delay_s": 3},
    {"echo": "twice", "echo_delay_s": 0},
    {"echo": "never", "echo_delay_s": 0},
)


async def make_chats(system: System, panel: Panel) -> list[str]:
    chats = [await system.avito.chat() for _ in range(CHATS)]
    for chat in chats:
        await system.avito.write(chat, "Ещё продаёте?")

    async def all_known() -> bool:
        return len((await panel.get("api/chats", limit=100))["chats"]) == CHATS

    await until(all_known)
    return chats


async def answer(panel: Panel, chat: str, number: int) -> str:
    """Post one reply as the panel does: with the same ref until it is accepted."""
    text = "Да" if number % 3 == 0 else f"Ответ {number}"
    body = {"text": text, "ref": f"{chat[-8:].replace('_', '-').replace('~', '-')}-{number}"}
    while True:
        try:
            answered = await panel.http.post(f"{PATH}api/chats/{chat}/messages", json=body)
        except httpx2.TransportError:
            continue
        if answered.status_code == 202:
            return text
        await asyncio.sleep(0.2)


async def kill_at_random(system: System, chance: random.Random, times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(chance.uniform(0.5, 2.5))
        name = chance.choice(WORKERS)
        await system.kill(name)
        await system.start(name)


async def change_echoes(system: System) -> None:
    while True:
        for echo in ECHOES:
            await system.avito.faults(**echo)
            await asyncio.sleep(1.5)


async def own_texts(system: System) -> dict[str, list[str]]:
    told = (await system.avito.truth())["chats"]
    return {
        chat["id"]: [one["content"]["text"] for one in chat["messages"][::-1] if one["direction"] == "out"]
        for chat in told
    }


async def own_shown(panel: Panel, chat: str) -> list[dict[str, Any]]:
    thread = await panel.get(f"api/chats/{chat}/messages", limit=100)
    assert thread["outbox"] == []
    return [one for one in thread["messages"] if one["direction"] == "out"]


async def waiting(system: System) -> int:
    async with system.redis as redis:
        return int(await redis.execute_command("ZCARD", "avito:outbox:waiting"))


async def test_two_hundred_replies_leave_once_and_in_order_through_every_fault(
    tmp_path: Path, anyio_backend: str
) -> None:
    chance = random.Random(6)  # the same faults each time, as far as timing allows
    async with running_system(tmp_path, environ={"AVITO_RPM": "6000"}) as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("ingest", "gateway", *WORKERS)
        async with Panel.at(system.url("gateway")) as panel, Panel.at(system.url("gateway")) as other:
            await panel.log_in()
            await other.log_in()
            chats = await make_chats(system, panel)
            await system.avito.faults(send_drop=0.1, history_lag_s=1)
            await system.avito.strike("send", status=500, probability=0.1)
            await system.avito.strike("send", when="after", delay_s=1.5, probability=0.1)
            echoes = asyncio.create_task(change_echoes(system))
            kills = asyncio.create_task(kill_at_random(system, chance, 5))
            try:
                wanted = await asyncio.gather(*(write_all(panel, chat) for chat in chats))
                await kills
                await until(lambda: none_waiting(system), within=150, every=0.25)
            finally:
                echoes.cancel()
                kills.cancel()
                await asyncio.gather(echoes, kills, return_exceptions=True)

            assert all(fault["struck"] for fault in (await system.avito.ask("faults", "GET"))["endpoints"])
            assert await own_texts(system) == dict(zip(chats, wanted, strict=True))
            await system.avito.delivered()
            await compare_screens(system, panel, other, chats)


async def write_all(panel: Panel, chat: str) -> list[str]:
    return [await answer(panel, chat, number) for number in range(REPLIES)]


async def none_waiting(system: System) -> bool:
    return await waiting(system) == 0


async def compare_screens(system: System, panel: Panel, other: Panel, chats: list[str]) -> None:
    """Both operators see each reply once, as ours, and nothing pending."""
    truth = await own_texts(system)
    for chat in chats:

        async def complete(chat: str = chat) -> bool:
            return len(await own_shown(panel, chat)) == REPLIES

        await until(complete)
        shown = await own_shown(panel, chat)
        assert sorted(one["content"]["text"] for one in shown) == sorted(truth[chat])
        assert all(one["own"] == {"operator": "olga"} for one in shown)

        async def same(chat: str = chat) -> bool:
            """A look at Avito's list may rank messages of one second between the two reads."""
            return await own_shown(other, chat) == await own_shown(panel, chat)

        await until(same)


async def test_a_worker_that_is_stopped_lets_the_others_go_on_at_once(
    tmp_path: Path, anyio_backend: str
) -> None:
    async with running_system(tmp_path) as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("ingest", "gateway", *WORKERS[:2])
        async with Panel.at(system.url("gateway")) as panel:
            await panel.log_in()
            chat = await system.avito.chat()
            await system.avito.write(chat, "Ещё продаёте?")
            await until(lambda: is_known(panel))
            for number in range(4):
                await answer(panel, chat, number)
            await system.stop("worker-1")
            began = time.monotonic()
            await answer(panel, chat, 4)

            await until(lambda: none_waiting(system), within=40)

            assert time.monotonic() - began < 20
            assert len((await own_texts(system))[chat]) == 5


async def is_known(panel: Panel) -> bool:
    return bool((await panel.get("api/chats"))["chats"])
