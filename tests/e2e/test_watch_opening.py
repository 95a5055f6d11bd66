"""An operator opens a chat and sees changes that no list shows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from testbed import PASSWORD, USERNAME, System
from tests.e2e.watching import quick_system, until_equal, until_mode

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
USUAL = {"POLL_INTERVAL_S": "30", "SWEEP_INTERVAL_S": "300", "WATCH_INTERVAL_S": "60"}


@asynccontextmanager
async def logged_in(system: System) -> AsyncIterator[httpx2.AsyncClient]:
    """An operator of the panel."""
    url = system.url("gateway")
    form = {"username": USERNAME, "password": PASSWORD}
    async with httpx2.AsyncClient(
        base_url=url, headers={"origin": url}, trust_env=False, timeout=20
    ) as operator:
        assert (await operator.post("/admin/avito/login", data=form)).status_code == 303
        yield operator


async def test_opening_a_chat_shows_a_deletion_without_a_webhook(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "gateway", **USUAL) as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("worker")
        await until_mode(system, "webhook")
        chat = await system.avito.chat()
        doomed = await system.avito.write(chat, "передумал")
        await system.avito.write(chat, "Здравствуйте")
        await until_equal(system, in_order=False)
        await system.avito.delete(chat, doomed, webhook=False)

        async with logged_in(system) as operator:
            answer = await operator.get(f"/admin/avito/api/chats/{chat}/messages")
            assert answer.status_code == 200

        await until_equal(system, in_order=False)


async def test_a_deletion_told_by_a_text_of_its_own_ends_in_the_same_thread(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", **USUAL) as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("worker")
        await until_mode(system, "webhook")
        chat = await system.avito.chat()
        doomed = await system.avito.write(chat, "передумал")
        await system.avito.write(chat, "Здравствуйте")
        await until_equal(system, in_order=False)

        await system.avito.delete(chat, doomed, form="notice")

        await until_equal(system, in_order=False)
