"""The text of a forwarded message. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.printable import plain, printable

LONGEST = 4_000
"""A little less than Telegram takes in one message; it counts UTF-16 units, so an emoji is two."""
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
    """One message to Telegram; `last_seq`: of the last event in it."""

    last_seq: int
    body: str


def line(event: Mapping[str, Any], chat: Mapping[str, Any]) -> str:
    """Return `Имя, объявление: текст`; unknown parts are left out.

    There is no empty line in it, so that no buyer can write what looks like another one's message.
    """
    buyer = (chat.get("buyer") or {}).get("name") or "Покупатель"
    item = (chat.get("item") or {}).get("title")
    lines = plain(_text_of(event["message"])).split("\n")
    text = "\n".join(one for one in lines if one.strip())
    return f"{printable(buyer)}{f', {printable(item)}' if item else ''}: {text}"


def _text_of(message: Mapping[str, Any]) -> str:
    content = message.get("content") or {}
    text = content.get("text")
    if isinstance(text, str) and (text := text.strip()):
        return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
    link = content.get("link")
    if isinstance(link, dict) and isinstance(link.get("url"), str):
        return str(link["url"])
    return _KINDS.get(str(message.get("type")), "новое сообщение")


def packed(lines: Iterable[tuple[int, str]]) -> list[Text]:
    """Join lines, each with the seq of its event, into as few texts as Telegram takes, in order."""
    texts: list[Text] = []
    for seq, one in lines:
        if texts and size(texts[-1].body) + size(one) + 2 <= LONGEST:
            texts[-1] = Text(seq, f"{texts[-1].body}\n\n{one}")
        else:
            texts.append(Text(seq, one if size(one) <= LONGEST else one[: LONGEST // 2]))
    return texts


def size(text: str) -> int:
    """Return the UTF-16 units of a text."""
    return len(text) + sum(letter > "\uffff" for letter in text)
