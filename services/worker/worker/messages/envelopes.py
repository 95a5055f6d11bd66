"""Finds the objects in a body that look like messages, and what stands around each. Pure."""

from dataclasses import dataclass
from typing import Any

from worker.messages.fields import accounts_of, field, fold, has_field, read_time, whole_number
from worker.messages.kinds import KINDS

_DEEPEST = 12
_NO_ENVELOPE = frozenset({"content", "quote", "users", "context", "item", "lastmessage", "publicuserprofile"})
_OTHER_EVENTS = ("read", "seen", "delet", "remov", "edit", "updat", "deliver", "typing")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an object says of a message that is in it, or of itself where it is one.

    `account`: the first that it names; `ours`: whether it names ours. `other`: something other than a message
    happened. `time` in Unix seconds, None for none and for one that is too late.
    """

    account: Any
    ours: bool
    chat_id: Any
    other: bool
    time: float | None


@dataclass(frozen=True, slots=True)
class WrappedMessage:
    """An object that looks like a message, and what stands around it: all of it, the outermost first."""

    value: dict[str, Any]
    around: tuple[Envelope, ...]


def find_messages(data: Any, account_id: int, latest: float) -> list[WrappedMessage]:
    """Return the innermost objects that look like messages, in the order of the body.

    `latest`: no time is later (Unix s). Each object is read once, however many messages are in it.
    """
    found: list[WrappedMessage] = []
    waiting: list[tuple[Any, tuple[Envelope, ...], int]] = [(data, (), 0)]
    while waiting:
        value, around, depth = waiting.pop()
        if isinstance(value, list):
            waiting += [(one, around, depth + 1) for one in reversed(value) if depth < _DEEPEST]
        elif isinstance(value, dict):
            if _looks_like_message(value):
                found.append(WrappedMessage(value, around))
                continue
            inside = [one for name, one in value.items() if _may_hold(name, one)]
            if inside and depth < _DEEPEST:
                outer = (*around, envelope_of(value, account_id, latest))
                waiting += [(one, outer, depth + 1) for one in reversed(inside)]
    return found


def envelope_of(value: dict[str, Any], account_id: int, latest: float) -> Envelope:
    """Read an object; `latest` as above."""
    accounts = accounts_of(field(value, "user_id"))
    time = read_time(field(value, "created"))
    return Envelope(
        account=accounts[0] if accounts else None,
        ours=account_id in map(whole_number, accounts),
        chat_id=field(value, "chat_id"),
        other=not all(map(is_message_event, _event_words(value))),
        time=time if time is not None and time <= latest else None,
    )


def _may_hold(name: str, value: Any) -> bool:
    return isinstance(value, dict | list) and fold(name) not in _NO_ENVELOPE


def _looks_like_message(value: dict[str, Any]) -> bool:
    """A message has words or a kind of ours, and is part of a conversation."""
    says = has_field(value, "content") or has_field(value, "text") or _is_kind(value.get("type"))
    return says and (has_field(value, "author_id") or has_field(value, "chat_id") or has_field(value, "id"))


def _is_kind(value: Any) -> bool:
    return isinstance(value, str) and value in KINDS


def _event_words(value: dict[str, Any]) -> list[str]:
    words = (value.get(name) for name in ("type", "event", "event_type", "eventType"))
    return [word for word in words if isinstance(word, str) and word]


def is_message_event(word: str) -> bool:
    """Tell whether an event of this name is a new message."""
    folded = fold(word)
    return word in KINDS or ("message" in folded and not any(other in folded for other in _OTHER_EVENTS))
