"""A webhook whose chat is no chat of Avito's is shown, and nothing is asked for it, now or later."""

from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from shared.redis import keys
from testbed import ACCOUNT, System, running_system, until
from tests.push_gateway.panel import PATH, Panel

pytestmark = pytest.mark.anyio

BUYER = 205006007
CHATS = ["../../core/v1/accounts/self", "..%2f..%2fcore", "a\\b", "a\x01b", "%2e%2e"]


def webhook(chat_id: str, created: int) -> dict[str, Any]:
    value = {
        "id": uuid4().hex,
        "chat_id": chat_id,
        "user_id": ACCOUNT,
        "author_id": BUYER,
        "created": created,
        "type": "text",
        "chat_type": "u2i",
        "content": {"text": f"Из чата {chat_id!r}"},
        "item_id": 4100200300,
    }
    return {"id": str(uuid4()), "version": "v3.0.0", "payload": {"type": "message", "value": value}}


async def test_a_chat_with_a_hostile_id_is_shown_and_never_asked_for(tmp_path: Path) -> None:
    async with running_system(tmp_path) as system, Panel.at(system.url("gateway")) as panel:
        await system.avito.subscribe(system.webhook_url)
        await system.start("ingest", "worker", "gateway")
        await panel.log_in()
        now = await clock_of(system)
        for chat_id in CHATS:
            await system.http.post(system.webhook_url, json=webhook(chat_id, now))

        await until(lambda: shows(panel))
        await until(lambda: nothing_left(system), within=30)

        refs = {chat_id: uuid4().hex for chat_id in CHATS}
        for chat_id, ref in refs.items():
            path = f"{PATH}api/chats/{quote(chat_id, safe='')}/messages"
            await panel.http.post(path, json={"text": "Да", "ref": ref})
        await until(lambda: nothing_left(system), within=30)

        asked = [call["path"] for call in await system.avito.calls()]
        assert not [path for path in asked if "/chats/" in path or path.endswith("self")]


async def clock_of(system: System) -> int:
    async with system.redis as redis:
        return int((await redis.time())[0])


async def shows(panel: Panel) -> bool:
    shown = {chat["id"] for chat in (await panel.get("api/chats"))["chats"]}
    return set(CHATS) <= shown


async def nothing_left(system: System) -> bool:
    """Whether no enrichment, recheck or reply of these chats waits for another try."""
    async with system.redis as redis:
        enriching = await redis.zcard(keys.to_enrich(ACCOUNT))
        rechecking = await redis.hlen(keys.to_recheck(ACCOUNT))
        replying = await redis.zcard(keys.to_deliver(ACCOUNT))
    return not (enriching or rechecking or replying)
