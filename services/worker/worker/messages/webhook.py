"""Reads a webhook's body: messages to show, chats to look up at Avito, or why it can be neither. Pure.

The documented envelope is only the most frequent form. A message is found wherever it stands, alone or in a
list, and a body that holds none may still name the chat in which something happened.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from worker.messages.fields import accounts_of, field, fold, has_field, read_id, read_time, whole_number
from worker.messages.json_text import parse_json
from worker.messages.kinds import KINDS
from worker.messages.message import Message, Unreadable
from worker.messages.names import MOST_CHATS, Names, names_in, names_in_text
from worker.messages.other_products import describe, product_of
from worker.messages.reading import read_message

_A_DAY = 86_400.0
_FOREIGN = "account"
_DEEPEST = 12
_MOST_MESSAGES = 1_000
_NO_ENVELOPE = frozenset({"content", "quote", "users", "context", "item", "lastmessage", "publicuserprofile"})
_OTHER_EVENTS = ("read", "seen", "delet", "remov", "edit", "updat", "deliver", "typing")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a body says; nothing of this at all: Avito only tries the address.

    `messages`: to be shown. `problem`: why it, or a part, cannot be read. `chats`: to be looked up at Avito.
    `message_ids`: named, but not shown. `product`: the other product it is of, a key of PRODUCTS. `is_event`:
    something other than a message happened in a chat.
    """

    messages: tuple[Message, ...] = ()
    problem: str = ""
    chats: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    product: str = ""
    is_event: bool = False

    @property
    def is_probe(self) -> bool:
        """Whether Avito only tries the address."""
        return not (self.messages or self.problem or self.is_event)


@dataclass(frozen=True, slots=True)
class _Found:
    """An object that looks like a message, and what stands around it: all of it, the outermost first."""

    value: dict[str, Any]
    around: tuple[dict[str, Any], ...]


def read_webhook(body: bytes, account_id: int, now: float, accepted: float | None = None) -> Reading:
    """Understand a raw body for `account_id`; never raises.

    `now`, and when it was `accepted`, in Unix seconds.
    """
    if not body.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        return Reading()
    try:
        data = parse_json(body)
        for _ in range(3):  # JSON within a JSON string
            data = parse_json(data.encode()) if isinstance(data, str) else data
    except ValueError as error:
        return _refused(names_in_text(body), account_id, f"not JSON: {error}")
    if not isinstance(data, dict | list):
        return _refused(names_in_text(body), account_id, "not a JSON object")
    read = _read_parsed(data, account_id, now, now if accepted is None else accepted)
    if read.messages or read.chats or read.product or not read.problem or read.problem.startswith(_FOREIGN):
        return read
    named = _refused(names_in_text(body), account_id, read.problem)  # such as in a key, or given twice
    return replace(named, message_ids=read.message_ids or named.message_ids)


def _read_parsed(data: dict[str, Any] | list[Any], account_id: int, now: float, accepted: float) -> Reading:
    if _is_probe(data):
        return Reading()
    documented = _read_documented(data, account_id, now)
    if documented is not None:
        return Reading(messages=(documented,))
    found = _join([_read(one, data, account_id, now, accepted) for one in _messages(data)])
    if found.messages or found.chats or found.message_ids or found.problem.startswith(_FOREIGN):
        return found
    return _read_without_message(data, account_id, found.problem)


def _is_probe(data: dict[str, Any] | list[Any]) -> bool:
    if not isinstance(data, dict) or not data or "test" not in data:
        return data == {}
    return not data.keys() & {"payload", "message"} and not names_in(data).chats


def _read_documented(data: Any, account_id: int, now: float) -> Message | None:
    """Take the short way of nearly all bodies; None: the long one may say more."""
    payload = data.get("payload") if isinstance(data, dict) else None
    value = payload.get("value") if isinstance(payload, dict) and payload.get("type") == "message" else None
    if not isinstance(value, dict) or value.get("user_id") != account_id:
        return None
    try:
        message = read_message(value, account_id, read_id(value.get("chat_id"), "chat_id"))
    except Unreadable:
        return None
    return message if message.created <= now + _A_DAY else None


def _read_without_message(data: dict[str, Any] | list[Any], account_id: int, problem: str) -> Reading:
    """`problem`: of what looked like a message."""
    names = names_in(data)
    event = _event_of(data.get("payload")) if isinstance(data, dict) else ""
    is_foreign = names.is_foreign(account_id)
    about = {"type": event} if event and names.chats else data
    product = product_of(about, names_chat=bool(names.chats))
    if event and names.chats and not is_foreign and not product:
        return Reading(chats=names.chats, is_event=True)
    if product:
        return Reading(problem=describe(product), chats=() if is_foreign else names.chats, product=product)
    unknown = f"unknown payload type {event[:40]!r}" if event else "no message in it"
    return _refused(names, account_id, problem or unknown)


def _event_of(payload: Any) -> str:
    kind = payload.get("type") if isinstance(payload, dict) else None
    return kind if isinstance(kind, str) and not _is_message_event(kind) else ""


def _refused(names: Names, account_id: int, problem: str) -> Reading:
    """A body of another account is not looked up."""
    if names.is_foreign(account_id):
        return Reading(problem=f"{_FOREIGN} {names.accounts[0]} is not ours")
    return Reading(problem=problem, chats=names.chats, message_ids=names.messages)


def _messages(data: Any) -> list[_Found]:
    """Find the innermost objects that look like messages, in the order of the body."""
    found: list[_Found] = []
    waiting: list[tuple[Any, tuple[dict[str, Any], ...], int]] = [(data, (), 0)]
    while waiting and len(found) < _MOST_MESSAGES:
        value, around, depth = waiting.pop()
        if isinstance(value, list):
            waiting += [(one, around, depth + 1) for one in reversed(value) if depth < _DEEPEST]
        elif isinstance(value, dict):
            if _looks_like_message(value):
                found.append(_Found(value, around))
                continue
            inside = [
                (one, (*around, value), depth + 1) for name, one in value.items() if _may_hold(name, one)
            ]
            waiting += inside[::-1] if depth < _DEEPEST else ()
    return found


def _may_hold(name: str, value: Any) -> bool:
    return isinstance(value, dict | list) and fold(name) not in _NO_ENVELOPE


def _looks_like_message(value: dict[str, Any]) -> bool:
    """A message has words or a kind of ours, and is part of a conversation."""
    says = has_field(value, "content") or has_field(value, "text") or _is_kind(value.get("type"))
    return says and (has_field(value, "author_id") or has_field(value, "chat_id") or has_field(value, "id"))


def _is_kind(value: Any) -> bool:
    return isinstance(value, str) and value in KINDS


def _read(found: _Found, data: Any, account_id: int, now: float, accepted: float) -> Reading:
    value, around = found.value, found.around
    accounts = [name for one in (value, *around) for name in accounts_of(field(one, "user_id"))]
    if accounts and account_id not in map(whole_number, accounts):
        return Reading(problem=f"{_FOREIGN} {str(accounts[0])[:24]} is not ours")
    chat_id = _first(field(one, "chat_id") for one in (value, *reversed(around)))
    if chat_id is None:
        named = names_in(data).chats
        chat_id = named[0] if len(named) == 1 else None
    if not all(_is_message_event(word) for word in chain.from_iterable(map(_event_words, around))):
        return Reading(chats=_looked_up(chat_id), is_event=True)
    try:
        otherwise = _time_around(around, now, accepted)
        message = read_message(value, account_id, read_id(chat_id, "chat_id"), otherwise=otherwise)
    except Unreadable as error:
        problem = str(error)
    else:
        if message.created <= now + _A_DAY:
            return Reading(messages=(message,))
        problem = f"created {message.created:.0f} is beyond tomorrow"
    message_id = field(value, "id")
    ids = (message_id,) if isinstance(message_id, str) and message_id.isprintable() else ()
    return Reading(problem=problem, chats=_looked_up(chat_id), message_ids=ids)


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def _looked_up(chat_id: Any) -> tuple[str, ...]:
    return names_in({"chat_id": chat_id}).chats


def _event_words(value: dict[str, Any]) -> list[str]:
    words = (value.get(name) for name in ("type", "event", "event_type", "eventType"))
    return [word for word in words if isinstance(word, str) and word]


def _is_message_event(word: str) -> bool:
    folded = fold(word)
    return word in KINDS or ("message" in folded and not any(other in folded for other in _OTHER_EVENTS))


def _time_around(around: tuple[dict[str, Any], ...], now: float, accepted: float) -> float:
    """Return the time that an envelope gives, where it is one, else when the body was accepted."""
    times = [read_time(field(one, "created")) for one in around]
    return next((time for time in times if time is not None and time <= now + _A_DAY), float(int(accepted)))


def _join(readings: list[Reading]) -> Reading:
    """Make one reading of those of a list; the first problem stands for all."""
    return Reading(
        messages=tuple(message for one in readings for message in one.messages),
        problem=next((one.problem for one in readings if one.problem), ""),
        chats=tuple(dict.fromkeys(chat for one in readings for chat in one.chats))[:MOST_CHATS],
        message_ids=tuple(name for one in readings for name in one.message_ids),
        is_event=any(one.is_event for one in readings),
    )
