"""People who write and delete while all that is odd about Avito is switched at random."""

import asyncio
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote

from testbed import PANEL, System
from tests.e2e.avitos_lists import DELETED_TEXT
from tests.push_gateway.panel import Panel

STEPS, CHANGES_EVERY, PAUSE_S = 100, 20, 0.03

ODD: dict[str, tuple[Any, ...]] = {
    "ids_as_text": (False, True),
    "lone_surrogates": (False, True),
    "system_as_buyer": (False, True),
    "chats_unordered_s": (0, 4 * 86_400),
    "lists_bare": (False, True),
    "lists_meta": (True, False),
    "read_field": ("isRead", "is_read"),
    "picture_urls_move": (False, True),
    "subscribe_plain_text": (False, True),
    "expired_token_status": (401, 403),
    "bad_secret_status": (200, 400, 401, 403),
}
"""What may be odd for ever."""
WEATHER: dict[str, tuple[Any, ...]] = {
    "echo": ("after", "before", "never", "twice"),
    "webhook_duplicate": (0, 0.3),
    "webhook_drop": (0, 0.2, 1),
    "webhook_reorder": (0, 0.5),
    "webhook_delay_s": (0, 0.5),
    "history_lag_s": (0, 1),
    "send_drop": (0, 0.3),
    "same_page": (False, True),
    "echo_delay_s": (0, 0.5),
    "token_lifetime_s": (86_400, 1),
    "tariff": ("full", "stub_in_chats", "stub"),
}
"""What ends."""
REFUSALS: dict[str, tuple[Any, ...]] = {"tariff": ("full", "402", "403")}
"""What ends and may take up to 45 s to heal, since tokens are asked for seldom then."""
FAULTS: tuple[dict[str, Any], ...] = (
    {"operation": "chats", "status": 200, "body": "<html>", "content_type": "text/html"},
    {"operation": "chats", "status": 200, "body": '{"chats": null}'},
    {"operation": "messages", "status": 200, "body": '{"messages": [], "meta": {"has_more": true}}'},
    {"operation": "messages", "status": 503},
    {"operation": "chat", "when": "after", "status": 200, "body": '{"chat": {answer}}'},
    {"operation": "send", "when": "after", "status": 200, "body": '{"ok": true}', "count": 3},
    {"operation": "send", "when": "after", "status": 200, "body": '{"result": {answer}}', "count": 3},
    {"operation": "*", "drop": True, "probability": 0.2},
)
TOKEN_FAULTS: tuple[dict[str, Any], ...] = (
    {"operation": "token", "status": 200, "body": '{"error": "invalid_client"}'},
    {"operation": "token", "status": 200, "body": "<html>", "content_type": "text/html"},
    {"operation": "token", "status": 403},
)
CHATS: tuple[dict[str, Any], ...] = (
    {},
    {"item": {"id": 0}},
    {"item": None},
    {"item": {"user_id": 307400500}},
    {"type": "u2u"},
    {"type": "a2u"},
    {"buyer": {"id": 1_234_567}},
    {"buyer": {"name": None}},
    {"buyer": {"name": "Вера \ufffd"}},
)
MESSAGES: tuple[dict[str, Any], ...] = (
    {"text": "Здравствуйте"},
    {"text": DELETED_TEXT},
    {"text": "Раньше", "created": -90},
    {"text": "Половина знака \ufffd"},
    {"by": "seller", "text": "Да, продаю"},
    {"by": "system", "text": "Клиент посмотрел номер телефона"},
    {"by": "system", "text": "Кандидат откликнулся на вакансию «Курьер»."},
    {"by": "bot", "text": "Покупателям предложена скидка"},
    {"type": "appCall", "content": {}},
    {"type": "call"},
    {"type": "image"},
    {"type": "sticker", "content": {"sticker": {"title": "Кот"}}},
    {"type": "voice", "content": {"voice": None}},
)
"""`created` is seconds from now."""
FORMS = ("type", "text", "notice", "row")


@dataclass(slots=True)
class Traffic:
    """What happens at Avito, drawn by `chance`; `refusals`: also of keys and tariff.

    `chats`: the messages of each that can still be deleted.
    `done`: what was done to each message. `typed`, `replaced`, `seen`: see Words.
    """

    system: System
    panel: Panel
    chance: Random
    refusals: bool = False
    chats: dict[str, list[str]] = field(default_factory=dict)
    done: dict[str, str] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """Let people write and delete while switches and faults change."""
        avito = self.system.avito
        for step in range(STEPS):
            if step % CHANGES_EVERY == 0:
                await self._change()
            await self._step()
            await asyncio.sleep(PAUSE_S)
        await avito.reset()
        await avito.faults(**self._drawn(ODD))
        await avito.delivered()

    async def _change(self) -> None:
        avito, chance = self.system.avito, self.chance
        await avito.calm()
        await avito.faults(**self._drawn(ODD | WEATHER | (REFUSALS if self.refusals else {})))
        await avito.strike(**chance.choice(FAULTS))
        if self.refusals and chance.random() < 0.5:
            await avito.strike(**chance.choice(TOKEN_FAULTS))
            await avito.ask("tokens/revoke")
        if chance.random() < 0.2:
            await avito.subscribe()

    def _drawn(self, switches: dict[str, tuple[Any, ...]]) -> dict[str, Any]:
        return {name: self.chance.choice(values) for name, values in switches.items()}

    async def _step(self) -> None:
        chance = self.chance
        if len(self.chats) < 3 or chance.random() < 0.1:
            self.chats[await self.system.avito.chat(**chance.choice(CHATS))] = []
        chat = chance.choice(list(self.chats))
        if self.chats[chat] and chance.random() < 0.15:
            await self._delete(chat)
        elif chance.random() < 0.1:
            await self._operator(chat)
        else:
            await self._write(chat)

    async def _write(self, chat: str) -> None:
        told = {"text": ""} | self.chance.choice(MESSAGES if self.chats[chat] else MESSAGES[:1])
        if "created" in told:
            told["created"] += int(time.time())
        if self.chats[chat] and self.chance.random() < 0.1:
            told["quote_id"] = self.chance.choice(self.chats[chat])
        written = await self.system.avito.write(chat, **told)
        self.done[written] = f"{told}"
        if told["text"] == DELETED_TEXT:
            self.typed.add(written)
        else:
            self.chats[chat].append(written)

    async def _delete(self, chat: str) -> None:
        message_id = self.chats[chat].pop(self.chance.randrange(len(self.chats[chat])))
        form = self.chance.choice(FORMS)
        if form == "text":
            self.replaced.add(message_id)
            delivered = (await self.system.avito.truth("deliveries"))["deliveries"]
            self.seen |= {one["message_id"] for one in delivered if one["status"] == 200} & {message_id}
        await self.system.avito.delete(chat, message_id, form=form)
        self.done[message_id] += f", deleted as {form}"

    async def _operator(self, chat: str) -> None:
        """Answer a chat, or look at it."""
        path = f"{PANEL}api/chats/{quote(chat, '')}/messages"
        if self.chance.random() < 0.3:
            await self.panel.http.get(path)
            return
        reply = {"text": f"Ответ {self.chance.random()}", "ref": f"ref-{self.chance.randrange(10**9)}"}
        await self.panel.http.post(path, json=reply)
