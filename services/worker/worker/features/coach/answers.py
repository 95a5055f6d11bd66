"""What a first answer is (docs/coach.md): the rule, over one thread in order. Pure."""

from dataclasses import dataclass

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
    """What a thread says: its first answers, and messages with which no answered wait began."""

    answers: tuple[FirstAnswer, ...]
    none: tuple[str, ...]


def first_answers(thread: HeldThread) -> ThreadAnswers:
    """Find every first answer of a thread.

    Where older messages were let go of, nothing is said of what comes before the first answer that is held:
    the wait may have begun earlier.
    """
    answers: list[FirstAnswer] = []
    known = thread.rows[_first_known(thread) :]
    waits: Row | None = None
    for row in known:
        if row.answers:
            if waits:
                answers.append(FirstAnswer(waits.id, waits.created, row.created, row.own.get("operator")))
            waits = None
        elif row.counts and waits is None:
            waits = row
        if row.id in thread.dismissed:
            waits = None
    begins = {answer.id for answer in answers}
    none = tuple(row.id for row in known if row.incoming and row.id not in begins)
    return ThreadAnswers(tuple(answers), none)


def _first_known(thread: HeldThread) -> int:
    """Return from which row on it is known who waited."""
    if thread.whole:
        return 0
    ends = (n for n, row in enumerate(thread.rows) if row.answers or row.id in thread.dismissed)
    return next(ends, len(thread.rows) - 1) + 1
