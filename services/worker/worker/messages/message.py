"""Avito's words, understood: what a message, a chat's facts, a webhook body mean to us. Values only."""

from dataclasses import dataclass
from typing import Literal

Direction = Literal["in", "out", "system"]
Source = Literal["webhook", "sweep", "reply"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of one chat, from whatever report.

    `content` and `quote` are ready JSON, as Avito gave them; `content_fp` tells content apart ('' empty).
    `created` in Unix seconds. `asof`: when Avito's API said so, 0.0 when a webhook did.
    `notice`: a webhook's words that something was deleted, maybe under an id of their own.
    """

    account_id: int
    chat_id: str
    id: str
    author_id: int
    created: float
    type: str
    direction: Direction
    content: bytes
    content_fp: str
    quote: bytes = b"null"
    quote_fp: str = ""
    read: bool = False
    deleted: bool = False
    notice: bool = False
    bot: bool = False
    answered_call: bool = False
    rank: int | None = None
    asof: float = 0.0
    own: bytes = b"null"

    @property
    def counts(self) -> bool:
        """Whether this message can be unread."""
        return self.direction == "in" and not self.deleted

    @property
    def answers(self) -> bool:
        """Whether this message ends the buyer's waiting."""
        return (self.direction == "out" and not self.bot) or self.answered_call


@dataclass(frozen=True, slots=True)
class ChatFacts:
    """What Avito's API says of a chat itself. `buyer` and `item` are JSON in the words of the contract."""

    updated: float
    read_at: float
    buyer: bytes
    item: bytes
    fingerprint: str


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """A webhook body that carried a message. `type` of the chat is u2i, u2u, a2u or '' (not said)."""

    message: Message
    chat_type: str = ""
    delivery_id: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """A body that only asks whether anybody is there: `{}`, empty, `{"test": ...}`."""


class Unreadable(Exception):  # noqa: N818 - it is a verdict about an entry, not a fault of ours
    """The body is nothing we understand; the text says why, in plain words."""
