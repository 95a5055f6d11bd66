"""A reply on its way as the worker sees it: read from its hash (lua/_outbox.lua). Values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from shared.wires.outbox import Kind, ReplyState

Ending = Literal["", "error", "cut", "silent"]
"""How the last try ended without saying what came of it; '' it has not: in flight, or its worker died."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. Times in Unix seconds; None: not yet.

    `queued`: since when it is wanted. `first`, `began`, `ended`: the first try's and the last try's begin,
    the last one's end. `looked`: begin of the last look that did not find it. `until`: nothing to do before.
    `doubt`: an earlier try may yet have worked. `match`: the words of its message. `held`: ids of messages
    known before the first try. `picture`: where its bytes are; `image`: Avito's id of them.
    `restored`: it comes from a backup, and no operator has asked for it since.
    """

    ref: str
    chat_id: str
    kind: Kind
    text: str
    by: bytes
    state: ReplyState
    tries: int
    queued: float
    first: float | None = None
    began: float | None = None
    ended: float | None = None
    how: Ending = ""
    looked: float | None = None
    until: float = 0.0
    since: float | None = None
    doubt: bool = False
    match: str = ""
    held: frozenset[str] = frozenset()
    picture: str = ""
    image: str = ""
    restored: bool = False

    @property
    def automatic(self) -> bool:
        """Whether nobody typed it: the answer outside working hours."""
        return self.by == b"null"


def read_reply(fields: Mapping[bytes, bytes]) -> Reply:
    """Read a reply's hash."""
    text = {name.decode(): value.decode() for name, value in fields.items() if name != b"by"}
    since = text["since"]
    return Reply(
        ref=text["ref"],
        chat_id=text["chat"],
        kind=cast("Kind", text["kind"]),
        text=text["text"],
        by=fields[b"by"],
        state=cast("ReplyState", text["state"]),
        tries=int(text["tries"]),
        queued=float(text["queued"]),
        first=_time(text["first"]),
        began=_time(text["began"]),
        ended=_time(text["ended"]),
        how=cast("Ending", text["how"]),
        looked=_time(text["looked"]),
        until=float(text["until"] or 0),
        since=None if since == "null" else float(since),
        doubt=text["doubt"] == "1",
        match=text["match"],
        held=frozenset(text["held"].split("\n")) - {""},
        picture=text["picture"],
        image=text["image"],
        restored=text.get("restored") == "1",
    )


def _time(text: str) -> float | None:
    return float(text) if text else None
