"""Messages are forwarded to a Telegram chat only if the owner named one."""

from pathlib import Path

import pytest

from shared.redis import keys
from testbed import ACCOUNT, System, running_system, until
from tests.support.telegram import Told, telegram

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

TOKEN = "123:made-up"
QUICK = {"WATCH_INTERVAL_S": "1"}


async def said_by_buyers(system: System, *texts: str) -> None:
    await system.avito.subscribe(system.webhook_url)
    chat = await system.avito.chat(buyer={"name": "Вера"})
    for text in texts:
        await system.avito.write(chat, text)


def forwarded(heard: list[Told], chat_id: str) -> str:
    return "\n".join(message["text"] for _, message in heard if message["chat_id"] == chat_id)


async def test_new_messages_reach_the_named_chat_once_whichever_worker_lives(tmp_path: Path) -> None:
    heard: list[Told] = []
    async with telegram(heard) as api:
        bot = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_FORWARD_CHAT_ID": "77", "TELEGRAM_API_URL": api}
        environ = QUICK | bot | {"LOG_LEVEL": "DEBUG"}
        async with running_system(tmp_path, "ingest", "worker", environ=environ) as system:
            await until(lambda: begun(system))
            await said_by_buyers(system, "первое слово")
            await until(lambda: "первое слово" in forwarded(heard, "77"))
            await system.restart("worker")
            await said_by_buyers(system, "второе слово")
            await until(lambda: "второе слово" in forwarded(heard, "77"))
            logged = system.part("worker").tail(10**6)

    assert forwarded(heard, "77").count("первое слово") == 1
    assert {path for path, _ in heard} == {f"/bot{TOKEN}/sendMessage"}
    assert TOKEN not in logged
    assert "слово" not in logged


async def begun(system: System) -> bool:
    """Forwarding has its position in the journal."""
    async with system.redis as redis:
        return bool(await redis.execute_command("HEXISTS", keys.journal_positions(ACCOUNT), "forwarding"))
