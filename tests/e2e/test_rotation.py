"""Changing the secret of the webhook, seen from outside: no event is lost."""

import asyncio
import time
from pathlib import Path

import pytest

from shared.redis import keys
from testbed import SECRET, System
from tests.e2e.owner import owner_of
from tests.e2e.rotation import PATIENT, all_prove, end_the_day, hints, subscribed_owner
from tests.e2e.watching import quick_system, status, switches, until_equal, until_mode

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_changing_the_secret_loses_no_event_and_the_old_one_ends_by_itself(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker", **PATIENT) as system:
        owner = owner_of(system)
        assert await owner.run("setup", "--yes") == 0
        await until_mode(system, "webhook")
        before = switches(await status(system))
        chat = await system.avito.chat()

        writing = asyncio.create_task(
            system.avito.burst(messages=60, rate=20, chat_ids=[chat], text="во время смены {n}")
        )
        assert await owner.run("rotate-secret") == 0, owner.said
        await writing
        await until_equal(system)

        (url,) = await system.avito.subscriptions()
        new = url.rpartition("/")[2]
        assert new not in ("", SECRET)
        assert new not in owner.said
        assert f"WEBHOOK_SECRET={new}\n" in owner.env
        assert f"WEBHOOK_SECRET_PREVIOUS={SECRET}\n" in owner.env
        told = await status(system)
        assert (told["mode"], switches(told)) == ("webhook", before)

        async with system.redis as redis:
            assert await redis.xlen(keys.UNVERIFIED) == 0
            await redis.execute_command("HSET", keys.ROTATION, "until", "1")
        assert await owner.run("test") == 0
        await until_old_secret_is_a_hint(system)


async def until_old_secret_is_a_hint(system: System) -> None:
    """A post with the old secret is no longer verified."""
    deadline = time.monotonic() + 20
    async with system.redis as redis:
        await system.stop("worker")
        while not await redis.xlen(keys.UNVERIFIED):
            assert time.monotonic() < deadline
            await system.http.post(system.webhook_url, content=b"{}")
            await asyncio.sleep(0.2)


async def test_a_second_change_without_a_restart_loses_no_event_either(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker", **PATIENT) as system:
        owner = await subscribed_owner(system)
        assert await owner.run("rotate-secret") == 0, owner.said
        await end_the_day(system)
        before, unproven = switches(await status(system)), await hints(system)
        chat = await system.avito.chat()

        writing = asyncio.create_task(system.avito.burst(messages=60, rate=20, chat_ids=[chat], text="{n}"))
        assert await owner.run("rotate-secret") == 0, owner.said
        await writing
        await until_equal(system)

        (url,) = await system.avito.subscriptions()
        assert url.rpartition("/")[2] in owner.env
        told = await status(system)
        assert (told["mode"], switches(told)) == ("webhook", before)
        assert await hints(system) == unproven
        await all_prove(system)


async def test_settings_changed_by_hand_win_over_an_older_change(tmp_path: Path) -> None:
    async with quick_system(tmp_path) as system:
        retired = system.webhook_url.replace(SECRET, "of-last-month")
        async with system.redis as redis:
            record = {"current": "of-last-week", "previous": "of-last-month", "until": "1"}
            await redis.hset(keys.ROTATION, mapping=record)
        system.environ |= {"WEBHOOK_SECRET_PREVIOUS": "of-last-week"}
        owner = owner_of(system)
        owner.settle(WEBHOOK_SECRET_PREVIOUS="of-last-week")
        await system.start("ingest", "worker")

        assert await owner.run("setup", "--yes") == 0, owner.said

        assert await system.avito.subscriptions() == [system.webhook_url]
        await until_mode(system, "webhook")
        await all_prove(system)
        before = await hints(system)
        await system.http.post(retired, content=b"{}")
        assert await hints(system) == before + 1
        assert await owner.run("rotate-secret") == 0, owner.said
