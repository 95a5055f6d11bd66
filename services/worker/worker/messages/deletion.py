"""A deleted message: how Avito says it, and what is left of the message. Pure.

docs/architecture.md ("A deleted message") follows every way that brings one. A buyer who types exactly
DELETED_TEXT is shown as if the message were deleted: Avito gives no other sign.
"""

from dataclasses import replace
from typing import Any

from worker.messages.message import Message

DELETED = "deleted"
"""The type of a deleted message."""
DELETED_TEXT = "Сообщение удалено"


def says_deleted(kind: str, content: dict[str, Any]) -> bool:
    """Tell whether a message of Avito's is a deletion, by its type or by its text."""
    if kind == DELETED:
        return True
    text = content.get("text")
    return kind == "text" and isinstance(text, str) and text.strip() == DELETED_TEXT


def as_deleted(message: Message) -> Message:
    """Return what is left of a message: who wrote it, and when."""
    return replace(
        message, type=DELETED, content=b"{}", content_fp="", quote=b"null", quote_fp="", deleted=True
    )
