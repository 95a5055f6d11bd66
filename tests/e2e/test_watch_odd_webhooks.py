"""Odd webhooks, seen from outside: each is shown, looked up within seconds, or counted."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from shared.wires import dead_letters
from testbed import ACCOUNT, System, until
from tests.e2e.watching import quick_system, status, until_equal, until_mode
from tests.support import bare_http

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
SLOW = {"POLL_INTERVAL_S": "30", "SWEEP_INTERVAL_S": "300", "WATCH_INTERVAL_S": "60"}
BUYER = 205006007
ODD: dict[str, dict[str, Any]] = {
    "author missing": {"author_id": None},
    "author a word": {"author_id": "buyer"},
    "id missing": {"id": None},
    "far future": {"created": 1e30},
    "no time": {"created": None},
    "no content": {"content": None},
    "no words": {"content": {"text": ""}},
    "account in a list": {"user_id": [ACCOUNT]},
    "account empty": {"user_id": ""},
    "text of an item": {"content": {"item": []}},
    "numbers as texts": {"user_id": str(ACCOUNT), "author_id": str(BUYER), "created": "0"},
}


async def post(system: System, *bodies: bytes) -> None:
    url = system.webhook_url
    answers = await bare_http.send(url, (bare_http.request("POST", url, body=body) for body in bodies))
    assert [answer.json() for answer in answers] == [{"ok": True}] * len(bodies)


def body(chat_id: str, message_id: str, **changes: Any) -> bytes:
    value = {"id": message_id, "chat_id": chat_id, "user_id": ACCOUNT, "author_id": BUYER}
    value |= {"type": "text", "created": int(time.time()), "content": {"text": "привет"}} | changes
    return json.dumps({"id": "d", "payload": {"type": "message", "value": value}}).encode()


async def test_what_is_odd_is_shown_as_avito_has_it_long_before_the_next_sweep(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", **SLOW) as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("worker")
        await until_mode(system, "webhook")
        bodies = []
        for changes in ODD.values():
            chat = await system.avito.chat()
            message = await system.avito.write(chat, "привет", webhook=False)
            bodies.append(body(chat, message, **changes))
        cut_off = await system.avito.chat()
        await system.avito.write(cut_off, "привет", webhook=False)

        await post(system, *bodies, body(cut_off, "m")[:-30])
        await until_equal(system)

        async with system.redis as redis:

            async def answered() -> bool:
                letters = await dead_letters.newest(redis, 20)
                return len(letters) == 5 and all("Avito was asked:" in letter.outcome for letter in letters)

            await until(answered)


async def test_a_deletion_by_text_is_settled_at_avito(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", **SLOW) as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("worker")
        await until_mode(system, "webhook")
        for form in ("text", "notice", "type"):
            chat = await system.avito.chat()
            await system.avito.write(chat, "остаётся")
            message = await system.avito.write(chat, "лишнее")
            await until_equal(system)

            await system.avito.delete(chat, message, form=form)

            await until_equal(system)


async def test_other_products_are_counted_in_the_status(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker", **SLOW) as system:
        applications = [json.dumps({"applyId": str(number)}).encode() for number in range(20)]
        await post(system, *applications, b'{"event_type": "new_order", "data": {"order_id": 1}}')

        async def counted() -> bool:
            told = await status(system)
            return (told["products"], told["dead"]) == ({"job_application": 20, "order": 1}, 2)

        await until(counted)
