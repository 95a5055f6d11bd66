"""People who write and delete while all that is odd about Avito is switched at random."""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote

from testbed import PANEL, System
from tests.push_gateway.panel import Panel

STEPS, CHANGES_EVERY, PAUSE_S = 150, 25, 0.03

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
    "tariff": ("full", "stub_in_chats"),
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
}
"""What ends."""
FAULTS: tuple[dict[str, Any], ...] = (
    {"operation": "chats", "status": 200, "body": "<html>", "content_type": "text/html"},
    {"operation": "chats", "status": 200, "body": '{"chats": null}'},
    {"operation": "messages", "status": 200, "body": '{"messages": [], "meta": {"has_more": true}}'},
    {"operation": "messages", "status": 503},
    {"operation": "chat", "when": "after", "status": 200, "body": '{"chat": {answer}}'},
    {"operation": "send", "when": "after", "status": 200, "body": '{"ok": true}', "count": 3},
    {"operation": "*", "drop": True, "probability": 0.2},
)
CHATS: tuple[dict[str, Any], ...] = (
    {},
    {"item": {"id": 0}},
    {"item": None},
    {"item": {"user_id": 307400500}},
    {"type": "u2u"},
    {"buyer": {"name": None}},
    {"buyer": {"name": "Вера \ufffd"}},
)
MESSAGES: tuple[dict[str, Any], ...] = (
    {"text": "Здравствуйте"},
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


@dataclass(slots=True)
class Traffic:
    """What happens at Avito, drawn by `chance`. `chats`: the messages of each that can still be deleted."""

    system: System
    panel: Panel
    chance: Random
    chats: dict[str, list[str]] = field(default_factory=dict)

    async def run(self) -> None:
        """Let people write and delete while switches and faults change."""
        avito = self.system.avito
        for step in range(STEPS):
            if step % CHANGES_EVERY == 0:
                await avito.calm()
                await avito.faults(**self._drawn(ODD | WEATHER))
                await avito.strike(**self.chance.choice(FAULTS))
                if self.chance.random() < 0.5:
                    await avito.ask("tokens/revoke")
            await self._step()
            await asyncio.sleep(PAUSE_S)
        await avito.ask("faults/reset")
        await avito.faults(**self._drawn(ODD))
        await avito.delivered()

    def _drawn(self, switches: dict[str, tuple[Any, ...]]) -> dict[str, Any]:
        return {name: self.chance.choice(values) for name, values in switches.items()}

    async def _step(self) -> None:
        avito, chance = self.system.avito, self.chance
        if len(self.chats) < 3 or chance.random() < 0.1:
            self.chats[await avito.chat(**chance.choice(CHATS))] = []
        chat = chance.choice(list(self.chats))
        if self.chats[chat] and chance.random() < 0.15:
            form = chance.choice(["type", "text", "notice", "row"])
            await avito.delete(chat, self.chats[chat].pop(chance.randrange(len(self.chats[chat]))), form=form)
        elif chance.random() < 0.1:
            path = f"{PANEL}api/chats/{quote(chat, '')}/messages"
            reply = {"text": f"Ответ {chance.random()}", "ref": f"ref-{chance.randrange(10**9)}"}
            await self.panel.http.post(path, json=reply)
        else:
            told = {"text": ""} | chance.choice(MESSAGES)
            self.chats[chat].append(await avito.write(chat, **told))
