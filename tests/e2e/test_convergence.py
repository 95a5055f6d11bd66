"""Whatever is odd, lost, late or refused meanwhile: once it is quiet, the screen equals Avito's lists.

A run draws its own seed and prints it. CONVERGENCE_SEED in the environment repeats the draws of another.
"""

import os
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

from testbed import until
from tests.e2e.avitos_lists import differences, expected, shown
from tests.e2e.odd_traffic import Traffic
from tests.e2e.watching import quick_system, until_mode, until_status
from tests.push_gateway.panel import Panel

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
SEED = int(os.environ.get("CONVERGENCE_SEED") or Random().randrange(10**6))
QUIET_WITHIN_S = 60.0


async def test_after_all_that_is_odd_the_screen_equals_avitos_lists(tmp_path: Path) -> None:
    sys.stdout.write(f"CONVERGENCE_SEED={SEED}\n")
    quick = {"AVITO_RPM": "6000", "SWEEP_INTERVAL_S": "1", "LOG_LEVEL": "INFO"}
    async with quick_system(tmp_path, "ingest", "gateway", **quick) as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("worker")
        await until_mode(system, "webhook")
        async with Panel.at(system.url("gateway")) as panel:
            await panel.log_in()
            await Traffic(system, panel, Random(SEED)).run()
            # Then the first look opens every thread anew; the next one would be 15 s later.
            await until_status(system, lambda told: told["avito"] == "ok" and not told["outbox"]["waiting"])
            left: dict[str, Any] = {}

            async def equal() -> bool:
                nonlocal left
                left = differences(await shown(panel), expected(await system.avito.truth()))
                return not left

            began = time.monotonic()
            try:
                await until(equal, within=QUIET_WITHIN_S, every=0.5)
            except AssertionError:
                pytest.fail(f"CONVERGENCE_SEED={SEED}: {left}")
            sys.stdout.write(f"equal {time.monotonic() - began:.1f} s after the end\n")
