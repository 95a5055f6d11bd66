"""Whether a chat is due an automatic answer now, and whether one that waits is still wanted. Pure."""

import hashlib

import orjson

from shared.working_hours.open_time import Interval
from worker.messages.match import text_word
from worker.messages.thread import HeldThread, Row

MOST_AGE_S = 600.0
"""So old may a message be at most: what an import or a sweep brings late gets no automatic answer."""
_REF = "auto-"
_WITH_BUYERS = ("u2i", "u2u")


def may_be_lost(met: float, now: float) -> bool:
    """Tell whether a question that is due may be older than this epoch, which was met at `met`."""
    return not met <= now - MOST_AGE_S


def is_due(thread: HeldThread, closed: Interval, now: float, lost: str = "") -> bool:
    """Tell whether a buyer wrote just now, in a closed period in which nobody, and nothing, has answered.

    `lost`: the words of an automatic answer that may be forgotten; a message of these words is no person's.
    Not while the chat's type is unknown: it may be one of Avito's own. A look after it is told finds it.
    """
    if orjson.loads(thread.chat).get("type") not in _WITH_BUYERS:
        return False
    evening = [row for row in thread.rows if row.created >= closed[0]]
    if any(_is_taken_care_of(row, lost) or row.id in thread.dismissed for row in evening):
        return False
    return any(_asks(row, now) for row in evening)


def ref_of(chat_id: str, closed: Interval) -> str:
    """Return the ref of a chat's answer in a closed period: there can be no second one."""
    return _REF + hashlib.sha256(f"{chat_id} {closed[0]:.0f}".encode()).hexdigest()[:32]


def is_ref(ref: str) -> bool:
    """Tell the ref of an automatic answer from those of people."""
    return ref.startswith(_REF)


def is_moot(queued: float, now: float, unanswered_since: float | None, others: int) -> bool:
    """Tell whether an answer that could not leave at once is better left out.

    `others`: replies of people that wait behind it.
    """
    return now - queued > MOST_AGE_S or unanswered_since is None or others > 0


def _is_taken_care_of(row: Row, lost: str) -> bool:
    if lost and not row.incoming and not row.own and text_word(row.text) == text_word(lost):
        return False
    return row.answers or bool(not row.incoming and row.own.get("automatic"))


def _asks(row: Row, now: float) -> bool:
    return row.counts and abs(now - row.created) <= MOST_AGE_S and not row.from_bot
