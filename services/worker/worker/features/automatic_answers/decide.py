"""Whether a chat is due an automatic answer now. Pure."""

import orjson

from shared.working_hours.open_time import Interval
from worker.messages.match import text_word
from worker.messages.thread import HeldThread, Row
from worker.outbox.automatic import MOST_AGE_S

_WITH_BUYERS = ("u2i", "u2u")


def is_due(thread: HeldThread, closed: Interval, now: float, lost: str = "") -> bool:
    """Tell whether a buyer wrote just now, in a closed period that has no answer yet.

    `lost`: the text of an automatic answer that Redis may have lost; a message with this text is no person's.
    A chat of unknown type is not due: it may be one of Avito's own. It is looked at again once it is known.
    """
    if orjson.loads(thread.chat).get("type") not in _WITH_BUYERS:
        return False
    evening = [row for row in thread.rows if row.created >= closed[0]]
    if any(_is_taken_care_of(row, lost) or row.id in thread.dismissed for row in evening):
        return False
    return any(_asks(row, now) for row in evening)


def _is_taken_care_of(row: Row, lost: str) -> bool:
    if lost and not row.incoming and not row.own and text_word(row.text) == text_word(lost):
        return False
    return row.answers or bool(not row.incoming and row.own.get("automatic"))


def _asks(row: Row, now: float) -> bool:
    return row.counts and abs(now - row.created) <= MOST_AGE_S and not row.from_bot
