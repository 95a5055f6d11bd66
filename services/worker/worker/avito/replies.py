"""Reads the other answers: history, sends, uploads, voices, subscriptions, the account. Pure."""

from dataclasses import dataclass, field
from typing import Any

from worker.avito.chats import has_more
from worker.avito.facts import link, text, whole
from worker.messages.message import Message, Unreadable
from worker.messages.reading import rank_ties, read_message


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A page of history, oldest first. `rows`: how many Avito gave, `skipped` of which nobody could read."""

    messages: tuple[Message, ...]
    rows: int
    skipped: int
    more: bool


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A picture that Avito took: its id and where its sizes are."""

    image_id: str
    sizes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A URL that gets webhooks; it may hold a secret."""

    url: str = field(repr=False)
    version: str


@dataclass(frozen=True, slots=True)
class Account:
    """Whose the keys are."""

    id: int
    name: str


def read_messages(data: Any, account_id: int, chat_id: str, asof: float, *, limit: int) -> MessagePage:
    """Understand a page of history, a bare array or an object; raises Unreadable when it is neither."""
    rows = data.get("messages") if isinstance(data, dict) else data
    if not isinstance(rows, list):
        raise Unreadable("no list of messages")
    messages: list[Message] = []
    for row in rows:
        try:
            messages.append(read_message(_object(row), account_id, chat_id, asof=asof))
        except Unreadable:
            continue
    more = has_more(data, len(rows), limit)
    ranked = tuple(rank_ties(messages, complete=not more))
    return MessagePage(ranked, len(rows), len(rows) - len(messages), more)


def read_sent(data: Any, account_id: int, chat_id: str, asof: float) -> Message:
    """Understand what a send made; `author_id` and `created` are filled in where Avito leaves them out."""
    value = {"author_id": account_id, "created": asof} | {
        k: v for k, v in _object(data).items() if v is not None
    }
    return read_message(value, account_id, chat_id, asof=asof)


def read_uploaded(data: Any) -> Uploaded:
    """Understand `{image_id: {size: url}}`."""
    for image_id, sizes in _object(data).items():
        if image_id and isinstance(sizes, dict):
            return Uploaded(image_id, _links(sizes))
    raise Unreadable("no picture id")


def read_voices(data: Any) -> dict[str, str]:
    """Understand `{"voices_urls": {voice_id: url}}`; what is no link is left out."""
    return _links(_object(_object(data).get("voices_urls")))


def read_subscriptions(data: Any) -> tuple[Subscription, ...]:
    """Understand `{"subscriptions": [{url, version}]}`; raises Unreadable without the list."""
    rows = _object(data).get("subscriptions")
    if not isinstance(rows, list):
        raise Unreadable("no list of subscriptions")
    known = [row for row in rows if isinstance(row, dict) and isinstance(row.get("url"), str)]
    return tuple(Subscription(row["url"], str(row.get("version") or "")) for row in known)


def read_account(data: Any) -> Account:
    """Understand `accounts/self`; raises Unreadable without an id."""
    account_id = whole(_object(data).get("id"))
    if account_id is None:
        raise Unreadable("account without id")
    return Account(account_id, text(data.get("name")) or "")


def _links(sizes: dict[str, Any]) -> dict[str, str]:
    return {name: url for name, url in sizes.items() if link(url)}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
