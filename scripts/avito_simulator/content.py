"""The content object of every message type, with defaults for what is not given."""

from collections.abc import Callable

from avito_simulator.model import Content

SIZES = ("1280x960", "640x480", "140x105", "32x32")
SYSTEM_PREFIX = "[Системное сообщение] "


def sizes(url_of: Callable[[str], str]) -> dict[str, str]:
    """Return Avito's map of picture sizes. `url_of` makes the link of one size."""
    return {size: url_of(size) for size in SIZES}


def system(text: str, flow_id: str | None) -> Content:
    """Return a message of Avito itself; with `flow_id` it comes from a bot and has no prefix."""
    if flow_id is None and not text.startswith(SYSTEM_PREFIX):
        text = SYSTEM_PREFIX + text
    return {"text": text, "flow_id": flow_id}


def of_type(kind: str, text: str | None, *, voice_id: str, target: int, picture_url: str) -> Content:
    """Return content of a type for which at most a text was given.

    `picture_url` has `{size}` in place of the size. Unknown types get the text, or an empty object.
    """
    made: dict[str, Callable[[], Content]] = {
        "text": lambda: {"text": "Здравствуйте!" if text is None else text},
        "image": lambda: {"image": {"sizes": sizes(lambda size: picture_url.replace("{size}", size))}},
        "link": lambda: _link(text or "https://docs.example.test/size"),
        "item": lambda: {
            "item": {
                "title": text or "Шлем велосипедный",
                "price_string": "1\u00a0900\u00a0₽",
                "item_url": "https://www.avito.ru/item/4100200999",
                "image_url": picture_url.replace("{size}", "140x105"),
            }
        },
        "location": lambda: _street(text or "Тверь, улица Садовая"),
        "voice": lambda: {"voice": {"voice_id": voice_id}},
        "call": lambda: {"call": {"status": "missed", "target_user_id": target}},
        "system": lambda: system(text or "Пользователь посмотрел ваш номер телефона", None),
    }
    if kind in made:
        return made[kind]()
    return {"text": text} if text is not None else {}


def _link(url: str) -> Content:
    """Return a link with a preview."""
    bare = url.removeprefix("https://").removeprefix("http://")
    preview = {
        "title": "Таблица размеров",
        "description": "Как выбрать размер",
        "domain": bare.partition("/")[0],
        "url": url,
        "images": None,
    }
    return {"link": {"text": bare, "url": url, "preview": preview}}


def _street(title: str) -> Content:
    return {"location": {"kind": "street", "lat": 56.8587, "lon": 35.9176, "text": title, "title": title}}
