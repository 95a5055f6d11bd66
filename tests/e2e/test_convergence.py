"""Whatever is odd, lost, late or refused meanwhile: once it is quiet, the screen equals Avito's lists.

Each seed is printed. CONVERGENCE_SEED in the environment draws by another one alone, `own` by a new one at
each run. Seeds that four divides have refused keys and tariffs too, which heal slowly.
"""

import os
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

from testbed import until
from tests.e2e.avitos_lists import Words, differences, expected, shown
from tests.e2e.odd_traffic import Traffic
from tests.e2e.watching import quick_system, until_mode
from tests.push_gateway.panel import Panel

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(180)]
REFUSALS_EVERY = 4
OWN = Random().randrange(10**5) * REFUSALS_EVERY + 1
GIVEN = os.environ.get("CONVERGENCE_SEED")
SEEDS = [OWN if GIVEN == "own" else int(GIVEN)] if GIVEN else [5, 13]
QUIET_WITHIN_S = 90.0


@pytest.mark.parametrize("seed", SEEDS, ids=["own" if seed == OWN else str(seed) for seed in SEEDS])
async def test_after_all_that_is_odd_the_screen_equals_avitos_lists(tmp_path: Path, seed: int) -> None:
    sys.stdout.write(f"CONVERGENCE_SEED={seed}\n")
    quick = {"AVITO_RPM": "6000", "SWEEP_INTERVAL_S": "1", "LOG_LEVEL": "INFO"}
    async with quick_system(tmp_path, "ingest", "gateway", **quick) as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("worker")
        await until_mode(system, "webhook")
        async with Panel.at(system.url("gateway")) as panel:
            await panel.log_in()
            traffic = Traffic(system, panel, Random(seed), refusals=seed % REFUSALS_EVERY == 0)
            await traffic.run()
            words = Words(traffic.typed, traffic.replaced, traffic.seen)
            left: dict[str, Any] = {}

            async def equal() -> bool:
                nonlocal left
                here, there = await shown(panel), await system.avito.truth()
                left = differences(here, expected(there, words, here))
                return not left

            began = time.monotonic()
            try:
                await until(equal, within=QUIET_WITHIN_S, every=0.5)
            except AssertionError:
                sys.stdout.write(f"{traffic.done}\n")
                pytest.fail(f"CONVERGENCE_SEED={seed}: {left}")
            sys.stdout.write(f"equal {time.monotonic() - began:.1f} s after the end\n")
