"""What a forwarded message reads like. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

LONGEST = 4_000
"""Characters that Telegram takes of one message, a little less."""
_LONGEST_TEXT = 1_000

_KINDS = {
    "image": "🖼 фотография",
    "voice": "🎤 голосовое сообщение",
    "video": "🎬 видео",
    "file": "📎 файл",
    "location": "📍 место на карте",
    "item": "🏷 объявление",
    "call": "📞 звонок",
    "appCall": "📞 звонок",
}


def line(event: Mapping[str, Any], chat: Mapping[str, Any]) -> str:
    """Return `Имя, объявление: текст`; what is not known yet is left out."""
    buyer = (chat.get("buyer") or {}).get("name") or "Покупатель"
    item = (chat.get("item") or {}).get("title")
    message = event["message"]
    return f"{buyer}{f', {item}' if item else ''}: {_said(message)}"


def _said(message: Mapping[str, Any]) -> str:
    content = message.get("content") or {}
    text = content.get("text")
    if isinstance(text, str) and text:
        return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
    link = content.get("link")
    if isinstance(link, dict) and isinstance(link.get("url"), str):
        return str(link["url"])
    return _KINDS.get(str(message.get("type")), "новое сообщение")


def packed(lines: Sequence[str]) -> list[str]:
    """Join lines to as few texts as Telegram takes, in order."""
    texts: list[str] = []
    for one in lines:
        if texts and len(texts[-1]) + len(one) + 2 <= LONGEST:
            texts[-1] += f"\n\n{one}"
        else:
            texts.append(one[:LONGEST])
    return texts
