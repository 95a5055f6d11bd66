"""Reads what Avito answers to a send and to an upload, in each of the forms that it may have. Pure."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from worker.avito.requests import is_real_id
from worker.avito.values import object_of, web_link
from worker.messages.deletion import says_deleted
from worker.messages.fields import read_id
from worker.messages.kinds import image_sizes
from worker.messages.message import Message, Unreadable
from worker.messages.reading import read_message

_WRAPPERS = ("result", "message", "data", "value", "response", "payload", "image", "images", "uploads")
_WRAPPED_DEEP = 4
_MESSAGE_IDS = ("id", "message_id", "messageId")
_IMAGE_IDS = ("id", "image_id", "imageId")
_NEVER_IMAGES = (*_WRAPPERS, *_IMAGE_IDS, "error", "errors", "meta", "sizes")
_IMAGE_ID = re.compile(r"\d+\.[\w.-]+", re.ASCII)
_FAILED = ("error", "fail", "failed", "failure")
_A_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A picture that Avito has: its id and where its sizes are."""

    image_id: str
    sizes: dict[str, str]


def read_sent(data: Any, account_id: int, chat_id: str, asof: float, *, kind: str = "text") -> Message:
    """Read the message that a send made; raises Unreadable where its id is not told.

    What Avito leaves out, or tells wrongly, is filled in: it is ours, of this `kind`, and of now.
    """
    for said in _objects(data):
        message_id = _id_in(said, _MESSAGE_IDS)
        if message_id:
            ours = {"id": message_id, "author_id": account_id, "type": kind, "created": asof}
            return _sent(ours, said, account_id, chat_id)
    raise Unreadable("no id of the sent message")


def _sent(ours: dict[str, Any], said: dict[str, Any], account_id: int, chat_id: str) -> Message:
    asof, content = ours["created"], object_of(said.get("content"))
    if not says_deleted(ours["type"], content):  # an operator may write the words of a deletion
        ours |= {"content": content}
    for row in (ours | {"created": said.get("created")}, ours, ours | {"content": None}):
        with suppress(Unreadable):
            message = read_message(row, account_id, chat_id, asof=asof)
            if message.created <= asof + _A_DAY:
                return message
    raise Unreadable("no message")


def read_uploaded(data: Any) -> Uploaded:
    """Read `{image_id: {size: url}}`, or an object that names the id; raises Unreadable without an id."""
    for said in _objects(data):
        image_id = _id_in(said, _IMAGE_IDS)
        if image_id:
            return Uploaded(image_id, links(image_sizes(said) or object_of(said.get("sizes")) or said))
        for name, sizes in said.items():
            is_sizes = isinstance(sizes, dict) and name.strip() and name not in _NEVER_IMAGES
            if is_sizes or _IMAGE_ID.fullmatch(name):
                return Uploaded(name, links(object_of(sizes)))
    raise Unreadable("no picture id")


def links(sizes: dict[str, Any]) -> dict[str, str]:
    """Return the web addresses among the values."""
    return {name: url for name, url in sizes.items() if web_link(url)}


def _objects(data: Any, deep: int = _WRAPPED_DEEP) -> Iterator[dict[str, Any]]:
    """Yield the objects that wrappers and lists hold, then the object itself; none that says it failed."""
    if deep and isinstance(data, list):
        for part in data:
            yield from _objects(part, deep - 1)
    if isinstance(data, dict) and not _says_failed(data):
        if deep:
            for name in _WRAPPERS:
                yield from _objects(data.get(name), deep - 1)
        yield data


def _says_failed(said: dict[str, Any]) -> bool:
    """Tell whether an answer is an error, whose id would be that of the request or the error."""
    return bool(
        said.get("error")
        or said.get("errors")
        or said.get("ok") is False
        or said.get("success") is False
        or said.get("status") in _FAILED
    )


def _id_in(said: dict[str, Any], names: tuple[str, ...]) -> str:
    """Return the first id among these fields, '' where none is usable."""
    for name in names:
        with suppress(Unreadable):
            text = read_id(said.get(name), name)
            if is_real_id(text) and text != "0" and not text.startswith("-"):
                return text
    return ""
