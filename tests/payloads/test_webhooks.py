"""Every body of the table, through the real ingest, worker and gateway."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from testbed import meanwhile, until
from tests.e2e.watching import quick_system, until_mode
from tests.payloads.posting import Seen, differences, look, note_rings, post
from tests.payloads.rows import HERE, Webhook, table, webhooks
from tests.push_gateway.panel import Panel

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
ROWS = webhooks()
NOW = time.time()
LOOKED_UP_WITHIN_S = 15.0


@pytest.fixture(scope="module")
async def seen(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Seen]:
    """What is seen after all bodies were posted; webhooks and look-ups alone bring messages, no sweep."""
    folder, rings, ready = tmp_path_factory.mktemp("payloads"), Counter[tuple[str, str]](), asyncio.Event()
    async with quick_system(folder, "ingest", "gateway", AVITO_RPM="6000") as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("worker")
        await until_mode(system, "webhook")
        await system.avito.strike("chats", status=400)
        async with Panel.at(system.url("gateway")) as panel:
            await panel.log_in()
            async with meanwhile(note_rings(panel, rings, ready)):
                await ready.wait()
                await post(system, ROWS, NOW)

                async def settled() -> bool:
                    now = await look(panel, ROWS, rings)
                    return not any(differences(row, now, NOW) for row in ROWS)

                with suppress(AssertionError):  # each row then says what is wrong with it
                    await until(settled, within=LOOKED_UP_WITHIN_S, every=0.5)
                yield await look(panel, ROWS, rings)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.name}: {row.says}" for row in ROWS])
async def test_a_body_becomes_what_its_row_says(row: Webhook, seen: Seen) -> None:
    assert differences(row, seen, NOW) == {}


def test_every_body_has_its_row() -> None:
    bodies = {path.stem for path in (HERE / "bodies").iterdir()}

    assert bodies == table("webhooks").keys() | table("answers").keys()
