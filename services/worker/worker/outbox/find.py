"""Which message of Avito's is the reply: what a look into the thread finds. Pure."""

from collections.abc import Iterable

import orjson

from worker.messages.kinds import is_tariff_stub
from worker.messages.match import match_words, text_word
from worker.messages.message import Message
from worker.outbox.reply import Reply

CLOCKS_APART_S = 900.0
"""How far Avito's clock may differ from ours; the same number stands in lua/_outbox.lua."""


def find(reply: Reply, thread: Iterable[Message], claimed: frozenset[str], *, last: bool) -> Message | None:
    """Return the reply's own message among those of the thread, the oldest that can be it.

    With `last`, before another try, also what is only likely: a picture whose links all moved, a text that
    the tariff hides. Leaving a reply out is the smaller harm than sending it twice.
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
    """Return the words by which the reply's message is known."""
    return text_word(reply.text) if reply.kind == "text" else reply.match


def _is_new(reply: Reply, message: Message, claimed: frozenset[str]) -> bool:
    if message.direction != "out" or message.id in reply.held or message.id in claimed:
        return False
    return reply.first is not None and message.created >= reply.first - CLOCKS_APART_S


def _is_likely(reply: Reply, message: Message) -> bool:
    if reply.kind == "image":
        return message.type == "image"
    text = orjson.loads(message.content).get("text")
    return message.type == "text" and isinstance(text, str) and is_tariff_stub(text)
