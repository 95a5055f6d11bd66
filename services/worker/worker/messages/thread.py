"""A thread as rows, in order: who wrote, who waited, who answered. Values only."""

from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Row:
    """One message. `waits`: the buyer waits from then on; `answers`: a person ended that, or took a call.

    Both as the commit decided (message.py). `shown`: the message's JSON. `created` in Unix seconds.
    """

    id: str
    created: float
    incoming: bool
    waits: bool
    answers: bool
    shown: bytes = b"{}"

    @property
    def own(self) -> dict[str, Any]:
        """Who wrote it here; empty for a message that was written elsewhere."""
        return dict(orjson.loads(self.shown).get("own") or {})

    @property
    def text(self) -> str:
        """Its text; empty for a message without one."""
        return str((orjson.loads(self.shown).get("content") or {}).get("text") or "")

    @property
    def from_bot(self) -> bool:
        """Whether one of Avito's bots wrote it."""
        return bool((orjson.loads(self.shown).get("content") or {}).get("flow_id"))


@dataclass(frozen=True, slots=True)
class HeldThread:
    """The held messages of one chat. `whole`: none was pruned since the chat began, or began anew.

    `dismissed`: ids of messages that an operator marked as needing no answer, with all before them.
    `chat`: its JSON.
    """

    rows: tuple[Row, ...]
    whole: bool
    dismissed: frozenset[str] = frozenset()
    chat: bytes = b"{}"

    @property
    def buying(self) -> bool:
        """Whether we are the buyer in this chat."""
        return orjson.loads(self.chat).get("buying") is True
