"""A deleted message: how Avito says it, what is left of the message, and the five ways that bring it. Pure.

Each way ends in `commit`: `merge_report` in lua/_thread.lua merges the report, and a deletion wins for ever.
Where the deletion has an id that is not held, the script notes the chat for a recheck instead.

1. A webhook: intake/reader.py → messages/reading.py. Avito deletes by type, or by a text under the
   message's id or another one; the latter ends in `recheck_chat` (sync/sweep/refresh.py).
   An unverified webhook only has the chat read again (intake/unverified_webhooks.py).
2. A sweep: the chat's row in Avito's list has changed (`listed_as` in sync/sweep/marks.py), or a recheck is
   noted, so sync/sweep/chat_check.py reads the thread. A chat that an operator opens is read as well.
3. An operator deletes: jobs/operator_actions.py calls Avito, then commits `as_deleted` of the held message.
4. A reply: the message with which Avito answers it, or that is found in the thread, is committed by
   outbox/turn.py like any other. A deleted one matches no reply (messages/match.py).
5. Once a day: sync/sweep/backfill.py reads every active thread back to what could still be deleted when
   it was read last (`DELETABLE_S`). No list shows such a deletion.
"""

from dataclasses import replace
from typing import Any

from worker.messages.message import Message

DELETED = "deleted"
"""The type of a deleted message."""
DELETED_TEXT = "Сообщение удалено"
DELETABLE_S = 3600.0
"""Avito lets a message be deleted for so long."""


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
