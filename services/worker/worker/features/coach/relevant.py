"""Which events can change what is written down of a chat. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any


def chats_to_read(events: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the chats of which some first answer may be new or different after these events."""
    return {event["chat_id"] for event in events if _matters(event)}


def _matters(event: Mapping[str, Any]) -> bool:
    if event["type"] == "message":
        return not _only_waits(event)
    return event["type"] in ("chat", "thread")


def _only_waits(event: Mapping[str, Any]) -> bool:
    """Whether this is one more message of a buyer who waits already: nothing answers it yet."""
    message, since = event["message"], event["chat"]["unanswered_since"]
    waits = message["direction"] == "in" and not message["deleted"]
    return waits and since is not None and message["created"] > since
