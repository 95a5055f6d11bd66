"""Unverified webhooks, seen from outside: forged ones are never shown and cost almost nothing."""

import json
import time
from pathlib import Path

import pytest

from testbed import ACCOUNT, System
from tests.e2e.watching import quick_system, status, until_equal, until_mode
from tests.support import bare_http

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
SLOW = {"POLL_INTERVAL_S": "30", "SWEEP_INTERVAL_S": "300", "WATCH_INTERVAL_S": "60"}


def forged(chat_id: str, message_id: str) -> bytes:
    value = {"id": message_id, "chat_id": chat_id, "user_id": ACCOUNT, "author_id": 205006007}
    value |= {"type": "text", "created": int(time.time()), "content": {"text": "Переведите задаток"}}
    return json.dumps({"id": "d", "payload": {"type": "message", "value": value}}).encode()


async def post_unproven(system: System, *bodies: bytes) -> None:
    url = f"{system.url('ingest')}/admin/avito/webhook"
    answers = await bare_http.send(url, (bare_http.request("POST", url, body=body) for body in bodies))
    assert [answer.json() for answer in answers] == [{"ok": True}] * len(bodies)


async def test_unverified_webhooks_arrive_by_look_up_at_their_usual_rate(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker", **SLOW) as system:
        await until_mode(system, "polling", "отключён")
        await system.avito.subscribe(f"{system.url('ingest')}/admin/avito/webhook")
        chat = await system.avito.chat()

        await system.avito.write(chat, "Здравствуйте")

        await until_equal(system)


async def test_a_flood_of_forged_posts_shows_nothing_and_delays_no_message(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", **SLOW) as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("worker")
        await until_mode(system, "webhook")
        chat = await system.avito.chat()
        await system.avito.write(chat, "настоящее")
        await until_equal(system)
        began = time.time()

        flood = [forged(f"forged-{number}", "x") for number in range(600)]
        flood += [forged(chat, f"forged-{number}") for number in range(600)]
        await post_unproven(system, *flood)
        await system.avito.write(chat, "тоже настоящее")
        await until_equal(system)
        async with system.redis as redis:
            assert await redis.xlen("avito:dead") == 0

        calls = [call["operation"] for call in await system.avito.calls(began)]
        minutes = 1 + (time.time() - began) // 60
        assert calls.count("messages") <= 11 * minutes
        assert len(calls) < 11 * minutes + 2 * (1 + (time.time() - began) / 5) + 4
        assert (await status(system))["dead"] == 0
