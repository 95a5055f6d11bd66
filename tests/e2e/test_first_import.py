"""The first start on an account that has many chats, and lists of Avito's that cannot be read.

With IMPORT_CHATS=1099 AVITO_RPM=300, `pytest -s` prints the figures of docs/performance.md.
"""

import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from testbed import PanelClient, System, running_system, until
from tests.e2e.watching import is_put_back, quick_system, status, until_mode, until_status

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CHATS = int(os.environ.get("IMPORT_CHATS", "130"))
PACE = {"AVITO_RPM": os.environ.get("AVITO_RPM", "1200")}
DAY = 86_400


async def account_with_chats(system: System) -> tuple[list[str], set[str]]:
    """Make chats of the last 30 days, half of them answered, and an old one; return all and who waits."""
    now, chats = int(time.time()), []
    for number in range(CHATS):
        created = now - 60 - number * (29 * DAY // CHATS)
        chat = await system.avito.chat(created=created - 600)
        chats.append(chat)
        for age, by in ((300, "buyer"), (200, "buyer"), *([(100, "seller")] if number % 2 else [])):
            await system.avito.write(chat, f"{by} {age}", by=by, created=created - age, webhook=False)
    old = await system.avito.chat(created=now - 40 * DAY)
    await system.avito.write(old, "давно", created=now - 40 * DAY, webhook=False)
    return chats, set(chats[::2])


@pytest.mark.timeout(120 + CHATS)
async def test_the_first_import_shows_all_chats_at_once_and_reads_those_first_that_wait(
    tmp_path: Path,
) -> None:
    async with running_system(tmp_path, "ingest", "gateway", environ=PACE) as system:
        chats, waiting = await account_with_chats(system)
        async with PanelClient.at(system.url("gateway")) as panel:
            await panel.log_in()
            began = time.time()
            await system.start("worker")
            await until(partial(are_listed, panel, chats))
            shown_s = time.time() - began
            assert await listed(panel, "unanswered") == waiting
            await until(partial(is_read, system, CHATS // 2), within=60 + CHATS)
            await system.kill("worker")
            await system.start("worker")
            await until(partial(is_read, system, CHATS), within=60 + CHATS)
            read_s = time.time() - began
            assert await listed(panel, "unanswered") == waiting
            events = await told(panel)
        reads = await threads_read(system, began)
        read = [chat for _, chat in reads]
        first = {chat: at for at, chat in reversed(reads)}
        waiting_s = max(first[chat] for chat in waiting) - began
        figures = f"shown after {shown_s:.1f} s, read: waiting {waiting_s:.0f} s, all {read_s:.0f} s"
        calls = len(await system.avito.calls(began))
        sys.stdout.write(f"\n{CHATS} chats, {len(waiting)} waiting, {PACE}: {figures}, {calls} calls\n")
        # What the killed worker was reading is read once more.
        assert set(read) == set(chats)
        assert len(read) <= CHATS + 2 + CHATS // 50  # some have their daily turn meanwhile
        assert set(read[: len(waiting) // 2]) <= waiting
        messages = CHATS * 5 // 2
        await until_status(system, lambda now: now["sweep"]["shown"] == messages)
        assert (await status(system))["sweep"] == {
            "received": messages,
            "shown": messages,
            "missing": 0,
            "unchecked": 0,
        }
        of_threads = [event["chat_id"] for event in events if event["type"] == "thread"]
        assert set(of_threads) == set(chats)
        assert len(of_threads) <= CHATS + 2
        assert {event["type"] for event in events} <= {"chat", "thread", "mode"}


async def test_lists_that_cannot_be_read_are_told_and_held_chats_stay(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "gateway", "worker") as system:
        chat = await system.avito.chat()
        await system.avito.write(chat, "Здравствуйте", webhook=False)
        async with PanelClient.at(system.url("gateway")) as panel:
            await panel.log_in()
            await until(partial(are_listed, panel, [chat]))
            for body in (
                "<!DOCTYPE html><title>Доступ ограничен</title>",
                '{"chats": null}',
                '{"error": "no"}',
                '{"chats": [null, {"id": null}]}',
                '{"chats": [], "meta": {"has_more": true}}',
                f'{{"chats": [{{"id": "{chat}"}}], "meta": {{"has_more": true}}}}',
            ):
                await system.avito.strike("chats", status=200, body=body)
                found = await until_status(system, lambda now: now["status"] == "degraded")
                assert "список чатов не прочитан" in found["sweep_error"]
                assert await listed(panel) == {chat}
                await system.avito.calm()
                await until_status(system, lambda now: now["sweep_error"] is None and now["status"] == "ok")


async def test_with_a_rare_safety_sweep_what_is_due_at_once_still_comes_within_seconds(
    tmp_path: Path,
) -> None:
    async with quick_system(tmp_path, "ingest", "gateway", SWEEP_INTERVAL_S="3600") as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("worker")
        await until_mode(system, "webhook")
        chat = await system.avito.chat()

        await system.avito.subscribe()
        await until_status(system, is_put_back)
        assert await system.avito.subscriptions() == [system.webhook_url]
        await system.avito.write(chat, "без вебхука", webhook=False)

        async with PanelClient.at(system.url("gateway")) as panel:
            await panel.log_in()
            await until(partial(are_listed, panel, [chat]))


async def are_listed(panel: PanelClient, chats: list[str]) -> bool:
    return await listed(panel) == set(chats)


async def is_read(system: System, count: int) -> bool:
    now = await status(system)
    return (now["import_done"] or 0) >= count and (count < CHATS or now["sweep"]["unchecked"] == 0)


async def listed(panel: PanelClient, name: str = "all") -> set[str]:
    """Return every chat of a list."""
    found: set[str] = set()
    query: dict[str, Any] = {"filter": name, "limit": 100}
    while True:
        page = (await panel.http.get("/admin/avito/api/chats", params=query)).json()
        found |= {chat["id"] for chat in page["chats"]}
        if not page["next"]:
            return found
        query["before"] = page["next"]


async def told(panel: PanelClient) -> list[dict[str, Any]]:
    """Return every event since the beginning."""
    epoch = (await panel.http.get("/admin/avito/api/chats")).json()["epoch"]
    events: list[dict[str, Any]] = []
    while True:
        query = {"epoch": epoch, "seq": events[-1]["seq"] if events else 0}
        page = (await panel.http.get("/admin/avito/api/events", params=query)).json()
        assert page["recovered"]
        if not page["events"]:
            return events
        events += page["events"]


async def threads_read(system: System, began: float) -> list[tuple[float, str]]:
    """Return when (Unix s) each chat's thread was read at Avito, in order."""
    calls = [(call["at"], call["path"]) for call in await system.avito.calls(began)]
    return [(at, path.split("/")[6]) for at, path in calls if path.endswith("/messages/")]
