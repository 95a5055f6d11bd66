"""Avito's objects as they arrive, and ours as clients rely on them."""

import time
from typing import Any

from testbed import ACCOUNT, USERNAME

BUYER = 205006007
NOW = int(time.time()) - 3600
CHAT_OF_AVITO: dict[str, Any] = {
    "buyer": {"id": BUYER, "name": "Вера"},
    "item": {"id": 4100200300, "title": "Велосипед", "price": "18 500 ₽", "place": "Тверь"},
}
CONTENTS: dict[str, Any] = {
    "text": {"text": "Добрый день"},
    "image": {"image": {"sizes": {"640x480": "https://img.example.test/5.jpg"}}},
    "link": {"link": {"text": "example.test", "url": "https://example.test", "preview": None}},
    "item": {"item": {"title": "Шлем", "price_string": None, "item_url": "https://www.avito.ru/item/1"}},
    "location": {"location": {"kind": "street", "lat": 56.8587, "lon": 35.9176, "title": "Тверь"}},
    "voice": {"voice": {"voice_id": "5c0ffee0-1111-4222-8333-444455556666"}},
    "call": {"call": {"status": "missed", "target_user_id": ACCOUNT}},
    "system": {"text": "[Системное сообщение] Пользователь посмотрел ваш номер", "flow_id": None},
    "appCall": {},
    "file": {},
    "video": {},
    "deleted": {},
    "hologram": {"of": [], "number": 9007199254740993},
}
"""Content of each type as Avito sends it; the last type is unknown."""


def webhook(chat_id: str, message_id: str, **more: Any) -> dict[str, Any]:
    """Return Avito's v3 envelope of a buyer's text; `more` are members of its message."""
    value: dict[str, Any] = {
        "id": message_id,
        "chat_id": chat_id,
        "user_id": ACCOUNT,
        "author_id": BUYER,
        "created": NOW,
        "type": "text",
        "chat_type": "u2i",
        "content": {"text": message_id},
        "item_id": 4100200300,
        "published_at": "2025-09-09T07:42:05Z",
        "read": None,
    }
    return {
        "id": "6d0c1f7a-2b3e-4c5d-8e9f-0a1b2c3d4e5f",
        "version": "v3.0.0",
        "timestamp": NOW + 1,
        "payload": {"type": "message", "value": value | more},
    }


def message(chat_id: str, message_id: str, **more: Any) -> dict[str, Any]:
    """Return a buyer's text as operators get it. `rank`: its order within its second."""
    shown: dict[str, Any] = {
        "id": message_id,
        "chat_id": chat_id,
        "author_id": BUYER,
        "direction": "in",
        "type": "text",
        "content": {"text": message_id},
        "quote": None,
        "created": NOW,
        "read": False,
        "deleted": False,
        "own": None,
        "source": "webhook",
        "rank": None,
    }
    return shown | more


def outbox_item(chat_id: str, ref: str, **more: Any) -> dict[str, Any]:
    """Return a reply that was just queued, without its time."""
    item: dict[str, Any] = {
        "ref": ref,
        "chat_id": chat_id,
        "kind": "text",
        "text": "",
        "state": "queued",
        "reason": None,
        "retryable": False,
        "tries": 0,
        "by": USERNAME,
        "message_id": None,
        "code": None,
        "detail": None,
        "since": None,
        "progress": None,
    }
    return item | more


def without(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the object without these members, which must exist."""
    assert set(names) <= fields.keys()
    return {name: value for name, value in fields.items() if name not in names}
