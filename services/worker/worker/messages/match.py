"""By what a message of ours is known to be a reply that was sent: its text, or where its pictures are. Pure.

Both sides are told as words; they match when they share one.
"""

import hashlib
import unicodedata
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import orjson

from worker.messages.message import Message


def match_words(message: Message) -> str:
    """Return the words of a message, '' for one that cannot be a reply of ours."""
    if message.direction != "out" or message.deleted or message.type not in ("text", "image"):
        return ""
    content = orjson.loads(message.content)
    if message.type == "image":
        return picture_words(_sizes(content).values())
    text = content.get("text")
    return text_word(text) if isinstance(text, str) else ""


def text_word(text: str) -> str:
    """Return the word of a text; spaces and forms of letters that a server may change do not count."""
    return "t" + _digest(" ".join(unicodedata.normalize("NFC", text).split()))


def picture_words(links: Iterable[Any]) -> str:
    """Return the words of a picture: one a link, by its path, since hosts and queries move."""
    paths = {_path(link) for link in links if isinstance(link, str)}
    return " ".join(sorted("p" + _digest(path) for path in paths if path))


def _path(link: str) -> str:
    try:
        return urlsplit(link).path
    except ValueError:
        return ""


def _sizes(content: dict[str, Any]) -> dict[str, Any]:
    image = content.get("image")
    sizes = image.get("sizes") if isinstance(image, dict) else None
    return sizes if isinstance(sizes, dict) else {}


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=9).hexdigest()
