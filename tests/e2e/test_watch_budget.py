"""The calls to Avito for subscription checks and sweeps, by the simulator's log."""

import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from testbed import until
from tests.e2e.watching import quick_system, until_equal, until_mode
from worker.sync.pulse import CHATS

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SCALE = 100
"""A minute of real life takes 0.6 s here."""
MINUTES = 15
USUAL = {"POLL_INTERVAL_S": "0.3", "SWEEP_INTERVAL_S": "3", "WATCH_INTERVAL_S": "0.6"}


async def cost(folder: Path, *, webhook: bool) -> Counter[str]:
    """Count the calls of a quiet account in a quarter of an hour, at a hundred times the speed.

    The pulse is left out: its six calls a minute follow the real clock.
    """
    async with quick_system(folder, "ingest", **USUAL) as system:
        if webhook:
            await system.avito.subscribe(system.webhook_url)
        await system.start("worker")
        for number in range(10):
            chat = await system.avito.chat()
            await system.avito.write(chat, f"Здравствуйте {number}")
            await system.avito.write(chat, "Да, продаётся", by="seller")
        await until_equal(system)
        await until_mode(system, "webhook" if webhook else "polling")
        began = time.time()
        await until(lambda: time.time() > began + MINUTES * 60 / SCALE)
        calls = await system.avito.calls(began)
        real_minutes = (time.time() - began) * SCALE / 60
        pulses = [call for call in calls if f"limit={CHATS}" in call["query"].split("&")]
        counted = Counter(call["operation"] for call in calls if call not in pulses)
        mode = "webhook" if webhook else "polling"
        sys.stdout.write(f"{mode}: {len(calls) / real_minutes:.2f} calls a minute, {dict(counted)}\n")
        counted["minutes"] = round(real_minutes)
        return counted


async def test_a_quiet_account_costs_at_most_1_3_calls_a_minute(tmp_path: Path) -> None:
    counted = await cost(tmp_path, webhook=True)
    minutes = counted.pop("minutes")

    # A look at the subscription a minute and a list of chats in five; the first may be due at once.
    assert counted["subscriptions"] <= minutes + 1
    assert counted["chats"] <= minutes / 5 + 2
    assert counted.total() <= 1.3 * minutes + 3


async def test_polling_costs_two_more_calls_a_minute(tmp_path: Path) -> None:
    counted = await cost(tmp_path, webhook=False)
    minutes = counted.pop("minutes")

    assert counted["chats"] <= 2 * minutes + 2
    assert counted.total() <= 3.1 * minutes + 4
