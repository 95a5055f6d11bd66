"""The words by which a message of ours is recognised as a reply that was sent from here. Pure.

A reply and a message match when they share a word: a hash of the text, or of the path of a picture's link.
"""

import unicodedata
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import orjson

from worker.messages.kinds import digest, image_sizes, kind_of
from worker.messages.message import Message

_LONGEST = 4_000
"""Characters: four times those of the longest reply."""


def match_words(message: Message) -> str:
    """Return the words of a message, '' for one that cannot be a reply of ours."""
    reply = kind_of(message.type).reply
    if reply is None or not message.ours or message.deleted:
        return ""
    content = orjson.loads(message.content)
    if reply == "image":
        return picture_words((image_sizes(content) or {}).values())
    text = content.get("text")
    return text_word(text) if isinstance(text, str) else ""


def text_word(text: str) -> str:
    """Return the word of a text, '' for one longer than any reply.

    A server may change spaces and forms of letters, so they do not count.
    """
    if len(text) > _LONGEST:
        return ""  # Unicode's normal form takes quadratic time
    return "t" + digest(" ".join(unicodedata.normalize("NFC", text).split()).encode())


def picture_words(links: Iterable[Any]) -> str:
    """Return the words of a picture, one for the path of each link: hosts and queries change."""
    paths = {_path(link) for link in links if isinstance(link, str)}
    return " ".join(sorted("p" + digest(path.encode()) for path in paths if path))


def _path(link: str) -> str:
    try:
        return urlsplit(link).path
    except ValueError:
        return ""
