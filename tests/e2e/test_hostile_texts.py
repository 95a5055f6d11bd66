"""No buyer, stranger or other product can act on the terminal of whoever reads logs and commands."""

import asyncio
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.printable import is_acting
from shared.redis import keys
from testbed import ACCOUNT, System, running_system, until
from tests.e2e.owner import Owner, owner_of
from tests.push_gateway.panel import Panel
from tests.scripts.running import avito_live

pytestmark = pytest.mark.anyio

HOSTILE = "\x1b]0;owned\x07\r\n12:00:00.000 INFO    worker: forged\u2028\x9b2J\u202egnp.exe\u2066"
PARTS = ("ingest", "worker", "gateway")
COMMANDS = (("status",), ("dead",), ("operator", "list"))


def webhook(chat_id: str) -> dict[str, Any]:
    value = {
        "id": f"m{HOSTILE}",
        "chat_id": chat_id,
        "user_id": ACCOUNT,
        "author_id": 205006007,
        "created": 1_757_403_725,
        "type": "text",
        "chat_type": "u2i",
        "content": {"text": HOSTILE},
    }
    return {"id": str(uuid4()), "version": "v3.0.0", "payload": {"type": "message", "value": value}}


async def attack(system: System, panel: Panel) -> None:
    """Bring the text to every place where a log line or a command might show it."""
    chat = await system.avito.chat(buyer={"name": HOSTILE}, item={"title": HOSTILE})
    await system.avito.write(chat, HOSTILE)
    odd = webhook("plain")
    odd["payload"]["value"]["user_id"] = HOSTILE
    for body in (webhook(f"c{HOSTILE}"), odd, {"payload": {"type": HOSTILE}}, [HOSTILE], HOSTILE):
        await system.http.post(system.webhook_url, json=body)
    await system.http.post(system.webhook_url, content=HOSTILE.encode())
    for name in (HOSTILE, "olga address=203.0.113.9"):
        await panel.log_in(name, HOSTILE)


async def shown_by_commands(system: System, owner: Owner) -> dict[str, str]:
    """Return what each command prints."""
    shown = {}
    async with system.redis as redis:
        await redis.hset(keys.FACTS, "reason", HOSTILE)
    for command in COMMANDS:
        done = await asyncio.to_thread(avito_live, system.folder, *command, **system.settings)
        shown[" ".join(command)] = done.stdout + done.stderr
    for word in ("status", "doctor"):
        await owner.run(word)
        shown[f"webhook {word}"] = owner.said
    return shown


async def test_neither_logs_nor_commands_act_on_a_terminal(tmp_path: Path) -> None:
    async with running_system(tmp_path, "ingest", "worker") as system:
        await system.start("gateway", LOG_FORMAT="json")
        await system.avito.subscribe(system.webhook_url)
        async with Panel.at(system.url("gateway")) as panel:
            await panel.log_in()
            await attack(system, panel)

            async def committed() -> bool:
                shown = (await panel.get("api/chats"))["chats"]
                return any(chat["id"] == f"c{HOSTILE}" for chat in shown) and len(shown) > 1

            async def are_dead() -> bool:
                async with system.redis as redis:
                    return int(await redis.xlen(keys.DEAD)) >= 3

            await until(committed)
            await until(are_dead)
        await system.avito.subscribe(f"https://evil.example/{HOSTILE}")
        await system.stop("worker")
        shown = await shown_by_commands(system, owner_of(system))
        logs = {name: system.part(name).log.read_text("utf-8") for name in PARTS}

    for name, text in {**shown, **logs}.items():
        assert text.strip(), name
        assert [line for line in text.split("\n") if any(map(is_acting, line))] == [], name
        assert not re.search("^12:00:00.000", text, re.MULTILINE), name
    assert "forged" in "".join(logs.values())
    assert "owned" in shown["status"]
    assert "owned" in shown["dead"]
