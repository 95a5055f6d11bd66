"""The owner is alerted without an open panel, once for each cause."""

from pathlib import Path

import pytest

from testbed import until
from tests.e2e.watching import quick_system, until_mode, until_status
from tests.support.telegram import Told, telegram

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
OTHER = "https://hooks.crm.example.test/secret-of-theirs"


async def test_a_lost_subscription_is_alerted_once_despite_restarts(tmp_path: Path) -> None:
    heard: list[Told] = []
    async with telegram(heard) as api:
        bot = {"TELEGRAM_BOT_TOKEN": "123:made-up", "TELEGRAM_CHAT_ID": "42", "TELEGRAM_API_URL": api}
        async with quick_system(tmp_path, "ingest", **bot) as system:
            await system.avito.subscribe(system.webhook_url)
            await system.start("worker")
            await until_mode(system, "webhook")

            await system.avito.subscribe(OTHER)
            await until(lambda: heard)
            await system.restart("worker")
            swept = (await until_mode(system, "polling"))["sweep"]["received"]
            await system.avito.write(await system.avito.chat(), "ещё одно")
            await until_status(system, lambda told: told["sweep"]["received"] > swept)

            assert len(heard) == 1
            path, message = heard[0]
            assert path == "/bot123:made-up/sendMessage"
            assert message["chat_id"] == "42"
            assert "hooks.crm.example.test" in message["text"]
            assert "123:made-up" not in system.part("worker").tail(10_000)
