"""First answers count once, and automatic answers are sent once while closed, even if workers die."""

import asyncio
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from testbed import System, running_system, until
from tests.push_gateway.panel import PATH, Panel

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
ZONE = "Europe/Moscow"
TEXT = "Ответим утром"
CHATS = 12
WORKERS = ("worker-1", "worker-2")
ALL_DAY = ["00:00", "00:00"]


def hours(*, closed_now: bool) -> dict[str, Any]:
    """Open all days but yesterday, today and tomorrow; or always."""
    today = datetime.now(ZoneInfo(ZONE)).date()
    near = {(today + timedelta(days=n)).weekday() for n in (-1, 0, 1)} if closed_now else set()
    days = [None if day in near else ALL_DAY for day in range(7)]
    return {"zone": ZONE, "days": days, "automatic": {"enabled": True, "text": TEXT}}


async def set_hours(panel: Panel, *, closed_now: bool) -> None:
    answer = await panel.http.post(f"{PATH}api/owner/hours", json=hours(closed_now=closed_now))
    assert answer.status_code == 200, answer.text


async def ours(system: System) -> dict[str, list[str]]:
    """Return our messages at Avito, by chat."""
    chats = (await system.avito.truth())["chats"]
    return {
        chat["id"]: [one["content"]["text"] for one in chat["messages"][::-1] if one["direction"] == "out"]
        for chat in chats
    }


async def all_are_answered(system: System, chats: list[str]) -> bool:
    found = await ours(system)
    return all(found[chat] for chat in chats)


async def nothing_waits(panel: Panel) -> bool:
    return bool((await panel.get("webhook/status"))["outbox"]["waiting"] == 0)


async def kill_one_after_the_other(system: System) -> None:
    for name in (*WORKERS, *WORKERS):
        await system.kill(name)
        await system.start(name)


async def test_each_gets_one_answer_though_workers_are_killed(tmp_path: Path) -> None:
    async with running_system(tmp_path, environ={"AVITO_RPM": "6000"}) as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("ingest", "gateway", *WORKERS)
        async with Panel.at(system.url("gateway")) as panel:
            await panel.log_in()
            await set_hours(panel, closed_now=True)
            await system.avito.strike("send", when="after", delay_s=0.3, probability=0.3)
            kills = asyncio.create_task(kill_one_after_the_other(system))
            chats = [await system.avito.chat() for _ in range(CHATS)]
            for chat in (*chats, *chats):
                await system.avito.write(chat, "Ещё продаёте?")
            await kills
            await until(lambda: all_are_answered(system, chats), within=60)
            for chat in chats:
                await system.avito.write(chat, "Вы тут?")
            await until(lambda: nothing_waits(panel), within=30)
            await system.avito.delivered()

            assert await ours(system) == {chat: [TEXT] for chat in chats}
            await see_that_they_still_wait(panel, chats)


async def see_that_they_still_wait(panel: Panel, chats: list[str]) -> None:
    """The answer is marked as automatic; the chat stays unanswered, unread and unassigned."""

    async def as_it_should_be() -> bool:
        rows = (await panel.get("api/chats", filter="unanswered", limit=100))["chats"]
        return {row["id"] for row in rows if row["unread"] == 3 and row["owner"] is None} == set(chats)

    await until(as_it_should_be)
    for chat in chats:
        shown = (await panel.get(f"api/chats/{chat}/messages"))["messages"]
        own = [one["own"] for one in shown if one["direction"] == "out"]
        assert own == [{"operator": None, "automatic": True}]


async def test_no_buyer_is_answered_automatically_while_open_and_the_coach_counts_only_people(
    tmp_path: Path,
) -> None:
    async with running_system(tmp_path, environ={"AVITO_RPM": "6000"}) as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("ingest", "gateway", "worker")
        async with Panel.at(system.url("gateway")) as panel:
            await panel.log_in()
            await set_hours(panel, closed_now=True)
            chat = await system.avito.chat()
            asked = int(time.time()) - 60
            await system.avito.write(chat, "Ещё продаёте?", created=asked)
            await until(lambda: all_are_answered(system, [chat]))
            await set_hours(panel, closed_now=False)
            other = await system.avito.chat()
            await system.avito.write(other, "Торг уместен?", created=asked)

            body = {"text": "Да, продаём", "ref": "by-olga-1"}
            await panel.http.post(f"{PATH}api/chats/{chat}/messages", json=body)
            await until(lambda: is_known(panel, other))
            await system.avito.write(other, "Нет", by="seller")

            told = await until(lambda: counted(panel, 2))
            assert {row["operator"]: row["count"] for row in told["operators"]} == {"olga": 1, None: 1}
            assert told["total"]["median_s"] >= 60
            assert (await ours(system))[other] == ["Нет"]


async def is_known(panel: Panel, chat: str) -> bool:
    return any(row["id"] == chat for row in (await panel.get("api/chats"))["chats"])


async def test_each_first_answer_is_counted_once_though_workers_are_killed(tmp_path: Path) -> None:
    async with running_system(tmp_path, environ={"AVITO_RPM": "6000"}) as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("ingest", "gateway", *WORKERS)
        async with Panel.at(system.url("gateway")) as panel:
            await panel.log_in()
            kills = asyncio.create_task(kill_one_after_the_other(system))
            chats = [await system.avito.chat() for _ in range(CHATS)]
            for number, chat in enumerate(chats):
                await system.avito.write(chat, "Ещё продаёте?", created=int(time.time()) - 10)
                await until(lambda chat=chat: is_known(panel, chat))  # type: ignore[misc]  # the chat is bound
                body = {"text": "Да, продаём", "ref": f"answer-{number}"}
                await panel.http.post(f"{PATH}api/chats/{chat}/messages", json=body)
            await kills

            await until(lambda: nothing_waits(panel), within=40)
            told = await until(lambda: counted(panel, CHATS), within=40)
            assert [(row["operator"], row["count"]) for row in told["operators"]] == [("olga", CHATS)]


async def counted(panel: Panel, count: int) -> Any:
    told = await panel.get("api/coach")
    return told if told["total"]["count"] == count else None
