"""A thread as far as it matters who waited for whom: one row a message, in order. Values only."""

from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Row:
    """One message. `counts`: the buyer waits since then; `answers`: a person ended that (or took a call).

    Both as the commit decided (message.py). `shown`: the message's JSON. `created` in Unix seconds.
    """

    id: str
    created: float
    incoming: bool
    counts: bool
    answers: bool
    shown: bytes = b"{}"

    @property
    def own(self) -> dict[str, Any]:
        """Who wrote it here; empty when it was not written here."""
        return dict(orjson.loads(self.shown).get("own") or {})

    @property
    def text(self) -> str:
        """Its words; empty for what has none."""
        return str((orjson.loads(self.shown).get("content") or {}).get("text") or "")

    @property
    def from_bot(self) -> bool:
        """Whether a bot of Avito's wrote it."""
        return bool((orjson.loads(self.shown).get("content") or {}).get("flow_id"))


@dataclass(frozen=True, slots=True)
class HeldThread:
    """What is held of one chat. `whole`: nothing older was let go of since the chat began, or began anew.

    `dismissed`: ids of messages up to which somebody said that nobody has to answer. `chat`: its JSON.
    """

    rows: tuple[Row, ...]
    whole: bool
    dismissed: frozenset[str] = frozenset()
    chat: bytes = b"{}"
