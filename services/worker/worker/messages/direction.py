"""Who speaks in a message, and how it is noticed. Pure."""

from typing import Any

from worker.messages.kinds import NoticeKind, kind_of
from worker.messages.message import Direction
from worker.messages.system_texts import is_known_without_prefix, is_lead, words_of_system

_SYSTEM_AUTHORS = range(11)
"""Ids under which Avito itself writes; people's are longer."""


def read_direction(
    kind: str, author_id: int, account_id: int, content: dict[str, Any]
) -> tuple[Direction, NoticeKind]:
    """Return the direction of a message and how it is noticed ('': not at all, such as our own).

    What Avito writes is `system`, also in the name of the buyer or in ours: neither of us wrote it.
    """
    ours = author_id == account_id
    text = content.get("text")
    text = text if isinstance(text, str) else ""
    words = words_of_system(text)
    by_words = words is not None or (not ours and is_known_without_prefix(text))
    if not (by_words or author_id in _SYSTEM_AUTHORS or kind_of(kind).direction == "system"):
        return ("out", "") if ours else ("in", kind_of(kind).notice)
    if ours and words is None:
        return "system", ""
    return "system", "lead" if is_lead(text if words is None else words, content.get("flow_id")) else "system"
