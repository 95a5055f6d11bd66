"""Reads a webhook's body: messages to show, chats to look up at Avito, or why it can be neither. Pure.

The documented envelope is only the most frequent form. A message is found wherever it stands, alone or in a
list, and a body that holds none may still name the chat in which something happened.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from worker.messages.envelopes import WrappedMessage, envelope_of, find_messages, is_message_event
from worker.messages.fields import field, read_id
from worker.messages.json_text import TooManyValuesError, parse_json
from worker.messages.message import Message, Unreadable
from worker.messages.names import MOST_CHATS, Names, names_in, names_in_text
from worker.messages.other_products import describe, product_of
from worker.messages.reading import read_message

_A_DAY = 86_400.0
_FOREIGN = "account"
MOST_VALUES = 2_000
"""Of a body that is parsed; one message of Avito's has about 40."""


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


@dataclass(frozen=True)
class _Body:
    """A parsed body of an account. No message is after `latest`; it was `accepted` then (Unix s)."""

    data: dict[str, Any] | list[Any]
    account_id: int
    latest: float
    accepted: float

    @cached_property
    def names(self) -> Names:
        """What the whole of it names."""
        return names_in(self.data)


def read_webhook(body: bytes, account_id: int, now: float, accepted: float | None = None) -> Reading:
    """Understand a raw body for `account_id`; never raises. Its time grows as its length does.

    `now`, and when it was `accepted`, in Unix seconds. A body of more than MOST_VALUES is not parsed.
    """
    if not body.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        return Reading()
    try:
        data = parse_json(body, MOST_VALUES)
        for _ in range(3):  # JSON within a JSON string
            data = parse_json(data.encode(), MOST_VALUES) if isinstance(data, str) else data
    except TooManyValuesError as error:
        return _refused(names_in_text(body), account_id, str(error))
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
    documented = _read_documented(data, account_id, now + _A_DAY)
    if documented is not None:
        return Reading(messages=(documented,))
    body = _Body(data, account_id, now + _A_DAY, accepted)
    if _is_probe(body):
        return Reading()
    found = _join([_read(one, body) for one in find_messages(body.data, body.account_id, body.latest)])
    if found.messages or found.chats or found.message_ids or found.problem.startswith(_FOREIGN):
        return found
    return _read_without_message(body, found.problem)


def _is_probe(body: _Body) -> bool:
    data = body.data
    if not isinstance(data, dict) or not data or "test" not in data:
        return data == {}
    return not data.keys() & {"payload", "message"} and not body.names.chats


def _read_documented(data: Any, account_id: int, latest: float) -> Message | None:
    """Take the short way of nearly all bodies; None: the long one may say more."""
    payload = data.get("payload") if isinstance(data, dict) else None
    value = payload.get("value") if isinstance(payload, dict) and payload.get("type") == "message" else None
    if not isinstance(value, dict) or value.get("user_id") != account_id:
        return None
    try:
        message = read_message(value, account_id, read_id(value.get("chat_id"), "chat_id"))
    except Unreadable:
        return None
    return message if message.created <= latest else None


def _read_without_message(body: _Body, problem: str) -> Reading:
    """`problem`: of what looked like a message."""
    data, names = body.data, body.names
    event = _event_of(data.get("payload")) if isinstance(data, dict) else ""
    is_foreign = names.is_foreign(body.account_id)
    about = {"type": event} if event and names.chats else data
    product = product_of(about, names_chat=bool(names.chats))
    if event and names.chats and not is_foreign and not product:
        return Reading(chats=names.chats, is_event=True)
    if product:
        return Reading(problem=describe(product), chats=() if is_foreign else names.chats, product=product)
    unknown = f"unknown payload type {event[:40]!r}" if event else "no message in it"
    return _refused(names, body.account_id, problem or unknown)


def _event_of(payload: Any) -> str:
    kind = payload.get("type") if isinstance(payload, dict) else None
    return kind if isinstance(kind, str) and not is_message_event(kind) else ""


def _refused(names: Names, account_id: int, problem: str) -> Reading:
    """A body of another account is not looked up."""
    if names.is_foreign(account_id):
        return Reading(problem=f"{_FOREIGN} {names.accounts[0]} is not ours")
    return Reading(problem=problem, chats=names.chats, message_ids=names.messages)


def _read(found: WrappedMessage, body: _Body) -> Reading:
    own = envelope_of(found.value, body.account_id, body.latest)
    whole = (own, *found.around)
    account = _first(one.account for one in whole)
    if account is not None and not any(one.ours for one in whole):
        return Reading(problem=f"{_FOREIGN} {str(account)[:24]} is not ours")
    chat_id = _first(one.chat_id for one in (own, *reversed(found.around)))
    if chat_id is None:
        chat_id = body.names.chats[0] if len(body.names.chats) == 1 else None
    if any(one.other for one in found.around):
        return Reading(chats=_looked_up(chat_id), is_event=True)
    time_around = _first(one.time for one in found.around)
    otherwise = float(int(body.accepted)) if time_around is None else time_around
    try:
        id_ = read_id(chat_id, "chat_id")
        message = read_message(found.value, body.account_id, id_, otherwise=otherwise)
    except Unreadable as error:
        problem = str(error)
    else:
        if message.created <= body.latest:
            return Reading(messages=(message,))
        problem = f"created {message.created:.0f} is beyond tomorrow"
    message_id = field(found.value, "id")
    ids = (message_id,) if isinstance(message_id, str) and message_id.isprintable() else ()
    return Reading(problem=problem, chats=_looked_up(chat_id), message_ids=ids)


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def _looked_up(chat_id: Any) -> tuple[str, ...]:
    return names_in({"chat_id": chat_id}).chats


def _join(readings: list[Reading]) -> Reading:
    """Make one reading of those of a list; the first problem stands for all."""
    return Reading(
        messages=tuple(message for one in readings for message in one.messages),
        problem=next((one.problem for one in readings if one.problem), ""),
        chats=tuple(dict.fromkeys(chat for one in readings for chat in one.chats))[:MOST_CHATS],
        message_ids=tuple(name for one in readings for name in one.message_ids),
        is_event=any(one.is_event for one in readings),
    )
