"""A change of the webhook's secret that is cut off on its way loses no event and can be finished."""

import asyncio
import signal
from pathlib import Path

import pytest

from testbed import System, until
from tests.e2e.owner import Owner
from tests.e2e.rotation import PATIENT, all_prove, cut_off, end_the_day, hints, subscribed_owner
from tests.e2e.watching import quick_system, status, switches, until_equal, until_mode

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_a_change_that_was_killed_is_finished_by_another(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker") as system:
        owner = await subscribed_owner(system)
        await cut_off(system, owner, signal.SIGKILL)
        await end_the_day(system)

        assert await owner.run("rotate-secret") == 0, owner.said

        (url,) = await system.avito.subscriptions()
        assert url != system.webhook_url
        assert f"WEBHOOK_SECRET={url.rpartition('/')[2]}\n" in owner.env
        await until_mode(system, "webhook")
        await all_prove(system)


async def test_a_change_that_is_cut_off_while_it_asks_avito_loses_no_event_and_can_be_repeated(
    tmp_path: Path,
) -> None:
    """Before Avito has the new address and after; by kill -9 when all was done but the last word."""
    async with quick_system(tmp_path, "ingest", "worker", **PATIENT) as system:
        owner = await subscribed_owner(system)
        chat = await system.avito.chat()
        unproven, before = await hints(system), switches(await status(system))
        writing = asyncio.create_task(system.avito.burst(messages=150, rate=10, chat_ids=[chat], text="{n}"))
        for when, number in (
            ("before", signal.SIGTERM),
            ("after", signal.SIGTERM),
            ("after", signal.SIGKILL),
        ):
            (old,) = await system.avito.subscriptions()
            await system.avito.strike("subscribe", when=when, delay_s=1, count=1)
            code = await end_while_it_subscribes(system, owner, number, old if when == "after" else "")
            await system.avito.calm()
            repeated = await owner.run("rotate-secret")

            (url,) = await system.avito.subscriptions()
            assert code == (-signal.SIGKILL if number == signal.SIGKILL else 130)
            assert (repeated, "Секрет уже сменён" in owner.said) == ((0, False) if code == 130 else (1, True))
            assert url != old
            assert f"WEBHOOK_SECRET={url.rpartition('/')[2]}\n" in owner.env
            await end_the_day(system)
        writing.cancel()
        await system.avito.delivered()
        await until_equal(system)

        assert (await hints(system), switches(await status(system))) == (unproven, before)


async def end_while_it_subscribes(system: System, owner: Owner, number: signal.Signals, old: str) -> int:
    """Begin a change, and end it while it waits for Avito's answer; `old`: Avito has replaced it already."""
    command = owner.start("rotate-secret")

    async def asked() -> bool:
        if old:
            return await system.avito.subscriptions() != [old]
        return "Оба секрета приняты" in (owner.home / "said.log").read_text()

    try:
        await until(asked, within=60, every=0.02)
    finally:
        command.send_signal(number)
        code = await asyncio.to_thread(command.wait, 60)
    return code
