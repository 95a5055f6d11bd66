"""Every kind of message that Avito is known to send, and how each differs from a plain one. Pure.

A new kind is one line of `KINDS`; tests/contract/test_message_kinds.py then names what else lacks it. A
message of a kind that is not in the table is kept, counted and shown as one of a kind unknown to us.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from shared.wires.outbox import ReplyKind

_TARIFF_STUB = re.compile(r"\W*перейдите\s+на\s+подписку\s+с\s+api\s+мессенджера\b", re.IGNORECASE)
_LINKS = ("images", "image_url")

Content = dict[str, Any]
NoticeKind = Literal["words", "system", "lead", "call", "appCall", ""]
"""`words`: as a buyer's words; '': not noticed. For the others see shared/notices.py."""


def is_tariff_stub(text: str) -> bool:
    """Tell whether a text is Avito's advertising, put in place of the message by a tariff without the API."""
    return _TARIFF_STUB.match(text) is not None


def image_sizes(content: Content) -> dict[str, Any] | None:
    """Return the links of a picture by size; None where there are none."""
    image = content.get("image")
    sizes = image.get("sizes") if isinstance(image, dict) else None
    return sizes if isinstance(sizes, dict) else None


def _without_links(value: Any) -> Any:
    """Drop picture links inside previews and items: they change while the message does not."""
    if isinstance(value, dict):
        return {name: _without_links(part) for name, part in value.items() if name not in _LINKS}
    return value


def _text_identity(content: Content) -> Any:
    text = content.get("text")
    return None if isinstance(text, str) and is_tariff_stub(text) else _without_links(content)


def _image_identity(content: Content) -> Any:
    sizes = image_sizes(content)
    return _without_links(content) if sizes is None else {"sizes": sorted(sizes)}


def _never(_: Content) -> bool:
    return False


def _is_call_taken(content: Content) -> bool:
    call = content.get("call")
    status = call.get("status") if isinstance(call, dict) else None
    return isinstance(status, str) and status != "missed"


@dataclass(frozen=True, slots=True)
class MessageKind:
    """How messages of one kind are read.

    `identity`: the part of the content by which a change is noticed; None: this is no content at all.
    `is_call_taken`: whether it is a call that was taken, which ends the buyer's waiting.
    `direction`: `system` where the kind alone decides it; otherwise the author does.
    `notice`: how one of the buyer's is noticed.
    `reply`: the kind of reply that comes back from Avito as this kind of message.
    """

    identity: Callable[[Content], Any] = _without_links
    is_call_taken: Callable[[Content], bool] = _never
    direction: Literal["system"] | None = None
    notice: NoticeKind = "words"
    reply: ReplyKind | None = None


KINDS: dict[str, MessageKind] = {
    "text": MessageKind(identity=_text_identity, reply="text"),
    "image": MessageKind(identity=_image_identity, reply="image"),
    "voice": MessageKind(),
    "video": MessageKind(),
    "file": MessageKind(),
    "item": MessageKind(),
    "link": MessageKind(),
    "location": MessageKind(),
    "call": MessageKind(is_call_taken=_is_call_taken, notice="call"),
    "appCall": MessageKind(notice="appCall"),
    "system": MessageKind(direction="system"),
    "deleted": MessageKind(),
}
_UNKNOWN = MessageKind()


def kind_of(name: str) -> MessageKind:
    """Return the kind of this name; any other is read as a plain one."""
    return KINDS.get(name, _UNKNOWN)


def fingerprint(name: str, content: Content) -> str:
    """Return what tells the content of a message of this kind from any other, '' for no content."""
    present = {field: value for field, value in content.items() if value is not None}
    identity = kind_of(name).identity(present) if present else None
    if identity is None:
        return ""
    return digest(name.encode() + orjson.dumps(identity, option=orjson.OPT_SORT_KEYS))


def digest(data: bytes) -> str:
    """Return a short hash, the same in every process."""
    return hashlib.blake2b(data, digest_size=9).hexdigest()
