"""What a forwarded message reads like. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST = 4_000
"""What Telegram takes of one message, a little less; it counts UTF-16 units, so an emoji is two."""
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


@dataclass(frozen=True, slots=True)
class Text:
    """One message to Telegram; `reached`: the seq of the last event that is told in it."""

    reached: int
    words: str


def line(event: Mapping[str, Any], chat: Mapping[str, Any]) -> str:
    """Return `Имя, объявление: текст`; what is not known yet is left out."""
    buyer = (chat.get("buyer") or {}).get("name") or "Покупатель"
    item = (chat.get("item") or {}).get("title")
    message = event["message"]
    return f"{buyer}{f', {item}' if item else ''}: {_said(message)}"


def _said(message: Mapping[str, Any]) -> str:
    content = message.get("content") or {}
    text = content.get("text")
    if isinstance(text, str) and (text := text.strip()):
        return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
    link = content.get("link")
    if isinstance(link, dict) and isinstance(link.get("url"), str):
        return str(link["url"])
    return _KINDS.get(str(message.get("type")), "новое сообщение")


def packed(lines: Iterable[tuple[int, str]]) -> list[Text]:
    """Join lines, each with the seq of its event, to as few texts as Telegram takes, in order."""
    texts: list[Text] = []
    for seq, one in lines:
        if texts and size(texts[-1].words) + size(one) + 2 <= LONGEST:
            texts[-1] = Text(seq, f"{texts[-1].words}\n\n{one}")
        else:
            texts.append(Text(seq, one if size(one) <= LONGEST else one[: LONGEST // 2]))
    return texts


def size(text: str) -> int:
    """Return the UTF-16 units of a text."""
    return len(text) + sum(letter > "\uffff" for letter in text)
