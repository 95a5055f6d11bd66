"""What is read from Avito: messages and facts of chats. Values only."""

from dataclasses import dataclass
from typing import Literal

Direction = Literal["in", "out", "system"]
Source = Literal["webhook", "sweep", "reply"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of one chat, as a webhook, a list or an answer of Avito's reports it.

    `content` and `quote` are JSON as Avito gave them; `content_fp` is a hash of the content ('' for none).
    `created` in Unix seconds. `asof`: when Avito's API said so, 0.0 when a webhook did.
    `announces_deletion`: a webhook has the words of a deletion, see deletion.py.
    `notice`: how it is noticed (kinds.py), '' for one that is not.
    `doubtful`: it lacks something that Avito's own list may have, so the chat is to be read there.
    `own`: JSON of who wrote it here. `chat_type`: u2i, u2u or a2u, where a webhook says it, otherwise ''.
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
    notice: str = ""
    quote: bytes = b"null"
    quote_fp: str = ""
    read: bool = False
    deleted: bool = False
    announces_deletion: bool = False
    bot: bool = False
    answered_call: bool = False
    doubtful: bool = False
    rank: int | None = None
    asof: float = 0.0
    own: bytes = b"null"
    chat_type: str = ""

    @property
    def ours(self) -> bool:
        """Whether it came under our account's id, also where Avito wrote it."""
        return self.author_id == self.account_id

    @property
    def is_word(self) -> bool:
        """Whether it is a word of the buyer, who waits for an answer."""
        return self.notice == "words" and not self.deleted

    @property
    def answers(self) -> bool:
        """Whether this message ends the buyer's waiting."""
        return (self.direction == "out" and not self.bot) or self.answered_call


@dataclass(frozen=True, slots=True)
class ChatFacts:
    """What Avito's API says of a chat itself. `buyer` and `item`: JSON as in docs/openapi.yaml.

    `buying`: whether the item belongs to somebody else, so that we are the buyer; None: it is not said.
    """

    updated: float
    read_at: float
    buyer: bytes
    item: bytes
    fingerprint: str
    buying: bool | None = None


class Unreadable(Exception):  # noqa: N818 - it describes what Avito sent, not a fault of ours
    """The body is not one that we can read; the text says why."""
