"""Whether a chat is due an automatic answer now. Pure."""

import orjson

from shared.working_hours.open_time import Interval
from worker.messages.match import text_word
from worker.messages.thread import HeldThread, Row
from worker.outbox.automatic import MOST_AGE_S

_UNKNOWN_FOR_S = 60.0
"""A chat of which Avito has said nothing for so long counts as one with a buyer."""


def is_due(thread: HeldThread, closed: Interval, now: float, lost: str = "") -> bool:
    """Tell whether a buyer wrote just now, in a closed period that has no answer yet.

    `lost`: the text of an automatic answer that Redis may have lost; a message with this text is no person's.
    A chat of Avito's own is not due, nor one in which we are the buyer; Avito is given a minute to say so.
    """
    chat = orjson.loads(thread.chat)
    if chat.get("type") == "a2u" or thread.buying:
        return False
    evening = [row for row in thread.rows if row.created >= closed[0]]
    if any(_is_taken_care_of(row, lost) or row.id in thread.dismissed for row in evening):
        return False
    asked = [row.created for row in evening if _asks(row, now)]
    return bool(asked) and (bool(chat.get("enriched")) or now - min(asked) >= _UNKNOWN_FOR_S)


def _is_taken_care_of(row: Row, lost: str) -> bool:
    if lost and not row.incoming and not row.own and text_word(row.text) == text_word(lost):
        return False
    return row.answers or bool(not row.incoming and row.own.get("automatic"))


def _asks(row: Row, now: float) -> bool:
    return row.incoming and row.waits and abs(now - row.created) <= MOST_AGE_S and not row.from_bot
