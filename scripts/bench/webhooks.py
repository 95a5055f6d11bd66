"""Webhook bodies as Avito posts them, and complete requests. Pure."""

import orjson

BUYER = 205006007
_WORDS = "Здравствуйте, ещё продаёте? Могу забрать сегодня вечером. "


def body(account: int, chat: str, message: str, created: int, size: int = 600) -> bytes:
    """Return a v3 envelope with a buyer's text, padded to about `size` bytes."""
    value = {
        "id": message,
        "chat_id": chat,
        "user_id": account,
        "author_id": BUYER,
        "created": created,
        "type": "text",
        "chat_type": "u2i",
        "content": {"text": ""},
        "item_id": 4141214,
        "read": None,
        "published_at": "2025-09-09T09:42:05Z",
    }
    envelope = {
        "id": f"d-{message}",
        "version": "v3.0.0",
        "timestamp": created,
        "payload": {"type": "message", "value": value},
    }
    spare = max(0, size - len(orjson.dumps(envelope)))
    text = (_WORDS * (spare // len(_WORDS.encode()) + 1)).encode()[:spare].decode(errors="ignore")
    value["content"] = {"text": text or "Да"}
    return orjson.dumps(envelope)


def request(path: str, body: bytes) -> bytes:
    """Return a complete POST for a connection that stays open."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
