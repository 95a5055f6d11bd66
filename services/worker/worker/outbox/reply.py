"""A reply on its way: read from its hash (lua/_outbox.lua), and recognised in Avito's thread. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

import orjson

from shared.redis.lua.constants import CLOCKS_APART_S
from shared.wires.outbox import ReplyKind, ReplyState
from worker.messages.kinds import is_tariff_stub, kind_of
from worker.messages.match import match_words, text_word
from worker.messages.message import Message

Ending = Literal["", "error", "cut", "silent", "unreadable"]
"""How the last attempt ended unclearly; '' it has not ended: it is in flight, or its worker died."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. Times in Unix seconds; None: not yet.

    `queued`: since when it is wanted. `first`: when the first attempt began; `began`, `ended`: the last one.
    `checked`: when the last check of the thread that did not find it began. `until`: nothing to do before.
    `unconfirmed`: an earlier attempt may have worked. `match`: the words of its message. `held`: ids of
    messages known before the first attempt. `picture`: where its bytes are; `image`: Avito's id of them.
    `restored`: it comes from a backup, and no operator has asked for it since.
    """

    ref: str
    chat_id: str
    kind: ReplyKind
    text: str
    by: bytes
    state: ReplyState
    tries: int
    queued: float
    first: float | None = None
    began: float | None = None
    ended: float | None = None
    how: Ending = ""
    checked: float | None = None
    until: float = 0.0
    since: float | None = None
    unconfirmed: bool = False
    match: str = ""
    held: frozenset[str] = frozenset()
    picture: str = ""
    image: str = ""
    restored: bool = False

    @property
    def automatic(self) -> bool:
        """Whether it is the automatic answer outside working hours, which has no author."""
        return self.by == b"null"


def read_reply(fields: Mapping[bytes, bytes]) -> Reply:
    """Read a reply's hash."""
    text = {name.decode(): value.decode() for name, value in fields.items() if name != b"by"}
    since = text["since"]
    return Reply(
        ref=text["ref"],
        chat_id=text["chat"],
        kind=cast("ReplyKind", text["kind"]),
        text=text["text"],
        by=fields[b"by"],
        state=cast("ReplyState", text["state"]),
        tries=int(text["tries"]),
        queued=float(text["queued"]),
        first=_time(text["first"]),
        began=_time(text["began"]),
        ended=_time(text["ended"]),
        how=cast("Ending", text["how"]),
        checked=_time(text["looked"]),
        until=float(text["until"] or 0),
        since=None if since == "null" else float(since),
        unconfirmed=text["doubt"] == "1",
        match=text["match"],
        held=frozenset(text["held"].split("\n")) - {""},
        picture=text["picture"],
        image=text["image"],
        restored=text.get("restored") == "1",
    )


def find_message(
    reply: Reply, thread: Iterable[Message], claimed: frozenset[str], *, last: bool
) -> Message | None:
    """Return the reply's own message among those of the thread, the oldest that can be it.

    With `last`, before another attempt, a likely message counts as well: a picture whose links all changed, a
    text that the tariff hides, a message that was deleted meanwhile. A reply that is left out does less harm
    than one that is sent twice.
    """
    candidates = sorted(
        (message for message in thread if _is_new(reply, message, claimed)),
        key=lambda message: (message.created, message.rank or 0),
    )
    wanted = set(words_of(reply).split())
    exact = (message for message in candidates if wanted & set(match_words(message).split()))
    likely = (message for message in candidates if last and _is_likely(reply, message))
    return next(exact, None) or next(likely, None)


def words_of(reply: Reply) -> str:
    """Return the words by which the reply's message is recognised."""
    return text_word(reply.text) if reply.kind == "text" else reply.match


def _is_new(reply: Reply, message: Message, claimed: frozenset[str]) -> bool:
    if not message.ours or message.id in reply.held or message.id in claimed:
        return False
    return reply.first is not None and message.created >= reply.first - CLOCKS_APART_S


def _is_likely(reply: Reply, message: Message) -> bool:
    if message.deleted:
        return True
    if kind_of(message.type).reply != reply.kind:
        return False
    text = orjson.loads(message.content).get("text")
    return reply.kind == "image" or (isinstance(text, str) and is_tariff_stub(text))


def _time(text: str) -> float | None:
    return float(text) if text else None
