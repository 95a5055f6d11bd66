"""The automatic answer as the outbox knows it: its ref, and whether one that waits is still wanted. Pure."""

import hashlib

from shared.working_hours.open_time import Interval

MOST_AGE_S = 600.0
"""An older question gets no automatic answer: an import or a sweep may bring it late."""
_REF = "auto-"


def ref_of(chat_id: str, closed: Interval) -> str:
    """Return the ref of a chat's answer in a closed period. It names the answer, so there is only one."""
    return _REF + hashlib.sha256(f"{chat_id} {closed[0]:.0f}".encode()).hexdigest()[:32]


def is_ref(ref: str) -> bool:
    """Tell the ref of an automatic answer from the ref of a person's reply."""
    return ref.startswith(_REF)


def may_be_lost(met: float, now: float) -> bool:
    """Tell whether a question that is due may be older than this epoch, which was met at `met`."""
    return not met <= now - MOST_AGE_S


def is_moot(queued: float, now: float, unanswered_since: float | None, others: int) -> bool:
    """Tell whether an answer that could not leave at once is better left out.

    `others`: replies of people that wait behind it.
    """
    return now - queued > MOST_AGE_S or unanswered_since is None or others > 0
