"""The rule for a first answer (docs/coach.md), and the events that can change one. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from worker.messages.thread import HeldThread, Row


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """A buyer waited from `begin`, the message `id`, until `answered` (Unix seconds).

    `operator`: who answered; None: in Avito's own app, or by taking a call.
    """

    id: str
    begin: float
    answered: float
    operator: str | None


@dataclass(frozen=True, slots=True)
class ThreadAnswers:
    """The first answers of a thread, and the messages with which no answered wait began."""

    answers: tuple[FirstAnswer, ...]
    none: tuple[str, ...]


def first_answers(thread: HeldThread) -> ThreadAnswers:
    """Find every first answer of a thread, whose rows are in order.

    Where older messages were pruned, the rows up to the first held answer are left out: that wait may have
    begun earlier. In a chat in which we are the buyer no one waits for us.
    """
    answers: list[FirstAnswer] = []
    known = thread.rows[_first_known(thread) :]
    waits: Row | None = None
    buying = thread.buying
    for row in known:
        if row.answers:
            if waits:
                answers.append(FirstAnswer(waits.id, waits.created, row.created, row.own.get("operator")))
            waits = None
        elif row.waits and waits is None and not buying:
            waits = row
        if row.id in thread.dismissed:
            waits = None
    begins = {answer.id for answer in answers}
    none = tuple(row.id for row in known if not row.answers and row.id not in begins)
    return ThreadAnswers(tuple(answers), none)


def _first_known(thread: HeldThread) -> int:
    """Return the first row from which on every wait is known whole."""
    if thread.whole:
        return 0
    ends = (n for n, row in enumerate(thread.rows) if row.answers or row.id in thread.dismissed)
    return next(ends, len(thread.rows) - 1) + 1


def chats_to_read(events: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the chats that may have a new or different first answer after these events."""
    return {
        event["chat_id"]
        for event in events
        if event["type"] in ("chat", "thread") or (event["type"] == "message" and not _only_waits(event))
    }


def _only_waits(event: Mapping[str, Any]) -> bool:
    """Whether this is one more message of a buyer who waits already."""
    message, since = event["message"], event["chat"]["unanswered_since"]
    waits = message["direction"] == "in" and not message["deleted"]
    return waits and since is not None and message["created"] > since
