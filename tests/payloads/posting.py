"""Posts the bodies of the table to a running system, and reads what operators see of each."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx2

from testbed import System
from tests.payloads.rows import BUYER, ITEM, LOST_TEXT, Webhook
from tests.push_gateway.panel import Panel


async def post(system: System, rows: list[Webhook], now: float) -> None:
    """Let Avito have what each row needs, then post all bodies at once."""
    for chat_id, row in {row.chat_id: row for row in rows if row.at_avito}.items():
        await hold_chat(system, chat_id, now, type=row.chat_type)
    for row in rows:
        await _let_avito_have(system, row, now)
    await system.avito.delivered()
    for row in rows:
        if row.becomes == "deletion":
            form = "text" if row.before_id != "before" else "type"
            await system.avito.delete(row.chat_id, row.message_id, form=form, webhook=False)
    async with httpx2.AsyncClient(timeout=20) as http:
        posts = [
            http.post(system.webhook_url, content=row.body(now)) for row in rows for _ in range(row.times)
        ]
        assert {answer.status_code for answer in await asyncio.gather(*posts)} == {200}


async def hold_chat(system: System, chat_id: str, now: float, **more: Any) -> None:
    """Let Avito have a chat with the usual buyer."""
    person, item = {"id": BUYER, "name": "Марина"}, {"id": ITEM}
    await system.avito.chat(id=chat_id, created=int(now) - 3000, buyer=person, item=item, **more)


async def _let_avito_have(system: System, row: Webhook, now: float) -> None:
    if row.before is not None:
        await system.avito.write(row.chat_id, row.before, id=row.before_id, created=int(now) - 3000)
    if row.becomes == "looked up":
        text = row.text or LOST_TEXT
        await system.avito.write(row.chat_id, text, id=row.message_id, webhook=False)


@dataclass(slots=True)
class Seen:
    """What operators and the owner see; `rings`: how often each message rang, by chat and id."""

    chats: dict[str, Any] = field(default_factory=dict)
    threads: dict[str, list[Any]] = field(default_factory=dict)
    letters: list[dict[str, Any]] = field(default_factory=list)
    products: dict[str, int] = field(default_factory=dict)
    rings: Counter[tuple[str, str]] = field(default_factory=Counter)


async def look(panel: Panel, rows: list[Webhook], rings: Counter[tuple[str, str]]) -> Seen:
    """Read everything once."""
    seen = Seen(rings=rings)
    before: str | None = ""
    while before is not None:
        page = await panel.get("api/chats", limit=100, before=before)
        seen.chats |= {chat["id"]: chat for chat in page["chats"]}
        before = page["next"]
    for chat_id in {row.chat_id for row in rows} & seen.chats.keys():
        page = await panel.get(f"api/chats/{quote(chat_id, '')}/messages", limit=100)
        seen.threads[chat_id] = page["messages"]
    seen.letters = (await panel.get("api/owner/dead"))["dead"]
    seen.products = (await panel.get("webhook/status")).get("products") or {}
    return seen


async def note_rings(panel: Panel, rings: Counter[tuple[str, str]], ready: asyncio.Event) -> None:
    """Count how often each message rings, until cancelled."""
    async with panel.socket() as socket:
        await socket.read_type("hello")
        ready.set()
        while True:
            event = await socket.read_type("message")
            rings[event["chat_id"], event["message"]["id"]] += bool(event["ring"])


def differences(row: Webhook, seen: Seen, now: float) -> dict[str, Any]:
    """Return by name what is not as the row says, with what is seen instead; empty where all is right."""
    told = _facts(row, seen, now)
    wanted = _wanted(row, now)
    return {name: told.get(name) for name, value in wanted.items() if told.get(name) != value}


def _wanted(row: Webhook, now: float) -> dict[str, Any]:
    letter = row.becomes in ("dead letter", "product") or bool(row.reason)
    wanted: dict[str, Any] = {"letters": int(letter), "reason": True, "shown": row.is_shown}
    if row.becomes == "product":
        return wanted | {"product": True}
    if row.asked:
        wanted |= {"asked": True}
    if not row.is_shown:
        return wanted
    if row.becomes == "deletion":
        return wanted | {"deleted": True, "words": False, "unread": 0, "all_rings": 1, "waits": False}
    quiet = {"unread": 0, "rings": 0, "waits": False}
    loud = {"unread": row.unread, "rings": int(row.rings), "waits": row.waits}
    return wanted | {"direction": row.direction} | (quiet if row.quiet else loud) | row.shown(now)


def _facts(row: Webhook, seen: Seen, now: float) -> dict[str, Any]:
    letters = [one for one in seen.letters if one["body"] == row.body(now).decode()]
    facts: dict[str, Any] = {
        "letters": len(letters),
        "reason": all(row.reason in one["reason"] for one in letters),
        "asked": all(one["outcome"].startswith("Avito was asked") for one in letters),
        "product": bool(row.product and seen.products.get(row.product)),
        "shown": False,
    }
    thread = seen.threads.get(row.chat_id, [])
    found = [one for one in thread if one["id"] == row.message_id]
    if not found:
        return facts
    (message,), chat = found, seen.chats[row.chat_id]
    return facts | {
        "shown": True,
        "direction": message["direction"],
        "type": message["type"],
        "content": message["content"],
        "text": message["content"].get("text"),
        "created": message["created"],
        "deleted": message["deleted"],
        "words": any(one["content"].get("text") == "Сообщение удалено" for one in thread),
        "unread": chat["unread"],
        "waits": chat["unanswered_since"] is not None,
        "rings": seen.rings[row.chat_id, row.message_id],
        "all_rings": sum(count for (chat_id, _), count in seen.rings.items() if chat_id == row.chat_id),
    }
