"""Messages with every odd content that we can think of, in every kind: what the panel must draw.

`MESSAGES` crosses kinds with contents; `SAID` are those of which a certain word or picture is expected.
"""

from collections.abc import Iterator
from typing import Any

KINDS: list[Any] = [
    "text", "system", "image", "voice", "item", "link", "location", "call", "appCall", "file", "video",
    "deleted", "sticker", "", None, "missedCall", "unknown", "constructor", "__proto__", "ж" * 300, 5,
]  # fmt: skip
HOSTILE = {"toString": 1, "valueOf": 2, "_$litType$": 1, "strings": ["<b>"], "values": []}
"""An object that throws where it is turned into text, or is taken for a template."""
PARTS: list[Any] = [None, [], {}, "слово", 5, True, [None], [[1]], HOSTILE]


def nested(levels: int) -> Any:
    """Return objects in objects."""
    value: Any = "дно"
    for _ in range(levels):
        value = {"a": value}
    return value


def contents(kind: Any) -> Iterator[Any]:
    """Yield what may stand in the content of a message of this kind."""
    yield from (None, {}, [], [1, "а"], "строка", "", 5, True, 1.5e308, nested(400), HOSTILE)
    texts: tuple[Any, ...] = (
        None,
        "",
        [],
        {"text": "x"},
        5,
        HOSTILE,
        " \n\t",
        "\u200b\ufeff\u2060",
        "\x00\x85\x9f",
        "\ufffd",
        "ð\x9f\x9a²",
    )
    yield from ({"text": text} for text in texts)
    if kind in {"text", "sticker"}:
        yield {"text": "я" * 250_000}
    yield {"flow_id": "x"}
    yield {f"поле{number}": f"{number}" * 400 for number in range(300)}
    name = kind if isinstance(kind, str) else "text"
    yield from ({name: part} for part in PARTS)
    for part in PARTS:
        inside = (
            "sizes",
            "voice_id",
            "title",
            "text",
            "url",
            "status",
            "lat",
            "lon",
            "preview",
            "name",
            "size",
        )
        yield {name: dict.fromkeys(inside, part)}
    yield {name: {"url": "https://example.test/", "preview": HOSTILE, "title": "", "text": "\u200b"}}


MESSAGES: list[dict[str, Any]] = [
    {"type": kind, "content": content} for kind in KINDS for content in contents(kind)
]
MESSAGES += [{"type": kind} for kind in KINDS]
MESSAGES += [
    {"type": "text", "content": {"text": "с цитатой"}, "quote": quote}
    for quote in (
        {},
        {"id": "m0"},
        {"id": 5},
        {"id": HOSTILE},
        {"id": "m1", "type": 5, "content": []},
        HOSTILE,
    )
]

PICTURE = "https://img.example.test/640x480/1.jpg"
PLACE = {"lat": "56.8587", "lon": 35.9176}
SAID: list[tuple[dict[str, Any], str, str]] = [
    (
        {"type": "image", "content": {"text": "вот такая деталь", "image": {"sizes": {"640x480": PICTURE}}}},
        "вот такая деталь",
        "img[alt]",
    ),
    ({"type": "image", "content": {"image": {"url": PICTURE}}}, "", "img[alt]"),
    ({"type": "image", "content": {"image": None}}, "Картинка", "a[href*='avito.ru']"),
    ({"type": "image"}, "Картинка", ""),
    ({"type": "voice", "content": {"voice": None}}, "Голосовое сообщение", "a[href*='avito.ru']"),
    ({"type": "voice", "content": {"voice": {"voice_id": 5}}}, "", ".voice"),
    (
        {"type": "file", "content": {"file": {"name": "цены.pdf", "size": 2_400_000}}},
        "Файл: цены.pdf",
        "details",
    ),
    ({"type": "file", "content": {"file": {"name": "цены.pdf", "size": 2_400_000}}}, "2,4 МБ", ""),
    ({"type": "video", "content": {"name": "осмотр.mp4"}}, "Видео: осмотр.mp4", ""),
    ({"type": "video", "content": {"text": "гляньте"}}, "гляньте", ""),
    ({"type": "link", "content": {"link": {"text": "каталог", "url": "javascript:alert(1)"}}}, "каталог", ""),
    (
        {"type": "link", "content": {"link": {"url": "https://a.test/x", "preview": None}}},
        "https://a.test/x",
        "a[href='https://a.test/x']",
    ),
    ({"type": "link", "content": {"link": {}}}, "Ссылка", ""),
    ({"type": "location", "content": {"location": PLACE}}, "Место", "a[href*='35.9176,56.8587']"),
    ({"type": "location", "content": {"location": {"text": "Тверь"}}}, "Тверь", ""),
    ({"type": "location", "content": {"location": {"lat": None, "lon": ""}}}, "Место", "a[href*='avito.ru']"),
    ({"type": "item", "content": {"item": {}}}, "Объявление", ""),
    ({"type": "call", "content": {"call": {"status": "busy"}}}, "Звонок: busy", ""),
    ({"type": "call", "content": {"call": "missed"}}, "Звонок", ""),
    (
        {"type": "sticker", "content": {"sticker": {"id": 7, "name": "кот"}}},
        "Сообщение вида „sticker“",
        "details",
    ),
    ({"type": "sticker", "content": {"sticker": {"id": 7, "name": "кот"}}}, "sticker.name", ""),
    ({"type": "sticker", "content": {"text": "мяу"}}, "мяу", ""),
    ({"type": "text", "content": None}, "Сообщение без текста", ""),
    ({"type": "text", "content": {"text": {"ru": "привет"}}}, "привет", "details"),
    ({"type": "text", "content": "просто строка"}, "просто строка", ""),
    ({"type": "", "content": {}}, "Сообщение неизвестного вида", ""),
    ({"type": "unknown", "content": {"a": 1}}, "Сообщение неизвестного вида", "details"),
    (
        {"type": "system", "content": {"text": "🔔\u00a0[Системное\u00a0сообщение]\u00a0✏️ Номер показан"}},
        "✏️ Номер показан",
        "",
    ),
    ({"type": "text", "quote": {"id": "no such"}, "content": {"text": "да"}}, "Цитата", ""),
]
"""Message, words that are seen in the Russian panel, what else is in it (a selector, or '')."""
