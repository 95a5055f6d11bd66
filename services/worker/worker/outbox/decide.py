"""What to do next with the first reply of a chat, so that it leaves exactly once. Pure.

Avito has no idempotency key: a try that got no answer may have worked. So before another try the thread is
looked into, until what was sent must stand there: a few seconds, longer the less is known (`looks_of`).
Only an answer of Avito's ends a try for certain. Whoever takes over a reply that was being sent knows no
more than when its try began. A reply from a backup is looked for the same way, and then left to an operator.
"""

from dataclasses import dataclass
from typing import Literal

from worker.avito.backoff import backoff
from worker.outbox.reply import Ending, Reply

GIVE_UP_S = 86_400.0
TRY_WITHIN_S = 9.0
"""A try is cut off here at the latest: its request's own time-out is 8 s."""

LONGEST_PAUSE_S = 60.0
"""No reply waits longer for its next step; what Avito asks for beyond that, the budget of calls keeps."""

_FRESH_S = 15.0
_AFTER_ERROR = (1.0, 3.0)
_AFTER_CUT = (1.0, 3.0, 5.0)
_AFTER_BEGIN = (9.0, 11.0, 13.0)


@dataclass(frozen=True, slots=True)
class Upload:
    """Hand the picture over to Avito."""


@dataclass(frozen=True, slots=True)
class Try:
    """Send it."""


@dataclass(frozen=True, slots=True)
class Look:
    """Read the thread: it may stand there."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before `until` (Unix seconds)."""

    until: float


Step = Upload | Try | Look | Wait | Literal["give_up"]


@dataclass(frozen=True, slots=True)
class Refused:
    """Avito's answer is no, and will be. `retryable`: an operator may have removed the reason."""

    code: str
    retryable: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Passing:
    """Nothing was done and nothing is wrong with the reply. `pause`: seconds, where they are known."""

    code: str
    pause: float | None = None


@dataclass(frozen=True, slots=True)
class Unsure:
    """It was sent, and nobody knows what came of it."""

    how: Ending


Outcome = Refused | Passing | Unsure


@dataclass(frozen=True, slots=True)
class Trouble:
    """What operators are told. `retryable` counts for the failed."""

    code: str
    since: float
    retryable: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """What becomes of a reply that was not sent. `trouble` None: as it stands."""

    state: Literal["queued", "sending", "failed", "cancelled"]
    trouble: Trouble | None = None
    until: float = 0.0
    ended: float | None = None
    how: Ending = ""
    looked: float | None = None
    doubt: bool = False


def next_step(reply: Reply, now: float) -> Step:
    """Say what to do with the first reply of a chat."""
    if reply.state == "sending":
        return _find_out(reply, now)
    if now - reply.queued >= GIVE_UP_S:
        return "give_up"
    if reply.until > now:
        return Wait(reply.until)
    if reply.doubt and not _looked_just_now(reply, now):
        return Look()
    return Upload() if reply.kind == "image" and not reply.image else Try()


def _looked_just_now(reply: Reply, now: float) -> bool:
    return reply.looked is not None and 0 <= now - reply.looked <= _FRESH_S


def _find_out(reply: Reply, now: float) -> Step:
    if now - _wanted_since(reply) >= GIVE_UP_S:
        return "give_up"
    due = max(_next_look(reply), reply.until)
    return Wait(due) if due > now else Look()


def _wanted_since(reply: Reply) -> float:
    """Return since when it is tried, or looked for: a backup may be older than any reply is tried."""
    return max(reply.queued, reply.began or 0.0) if reply.restored else reply.queued


def _next_look(reply: Reply) -> float:
    looks = looks_of(reply)
    return next((at for at in looks if reply.looked is None or at > reply.looked), looks[-1])


def looks_of(reply: Reply) -> tuple[float, ...]:
    """Return when to look after a try without an answer; not there at the last: it did not work."""
    began = reply.began or 0.0
    if reply.ended is None or reply.how in ("", "silent"):
        return tuple(began + seconds for seconds in _AFTER_BEGIN)
    after = _AFTER_ERROR if reply.how == "error" else _AFTER_CUT
    return tuple(reply.ended + seconds for seconds in after)


def is_last_look(reply: Reply, asked: float) -> bool:
    """Tell whether another try follows when a look begun at `asked` does not find it."""
    return reply.state == "queued" or asked >= looks_of(reply)[-1]


def give_up(reply: Reply, now: float) -> Transition:
    """End a reply that was tried for a day."""
    return _failed(reply, "outcome_unknown" if reply.state == "sending" else "gave_up", now)


def after_upload(reply: Reply, outcome: Outcome, now: float, chance: float) -> Transition:
    """Judge an upload that failed: done twice it does not show, so nothing is unknown of it."""
    match outcome:
        case Refused(code, retryable, detail):
            return _failed(reply, code, now, retryable=retryable, detail=detail)
        case Passing(code, pause):
            return _wait(reply, code, _pause(reply, pause, now, chance), now)
        case Unsure():
            return _wait(reply, "unavailable", _pause(reply, None, now, chance), now)


def after_try(reply: Reply, outcome: Outcome, now: float, chance: float) -> Transition:
    """Judge a try that was not answered with the message."""
    match outcome:
        case Refused(code, retryable, detail):
            return _failed(reply, code, now, retryable=retryable, detail=detail)
        case Passing(code, pause):
            return _wait(reply, code, _pause(reply, pause, now, chance), now)
        case Unsure(how):
            trouble = Trouble("checking", reply.since or now)
            return Transition("sending", trouble, ended=now, how=how, looked=reply.looked, doubt=True)


def after_look(reply: Reply, asked: float, chance: float) -> Transition:
    """Judge a look, begun at `asked`, that did not find it."""
    if not is_last_look(reply, asked):
        return Transition("sending", ended=reply.ended, how=reply.how, looked=asked, doubt=True)
    if reply.restored:
        return _left_to_operators(reply, asked)
    if reply.state == "queued" or reply.ended is None:
        return Transition("queued", looked=asked, doubt=True)
    until = reply.ended + backoff(reply.tries, chance)
    trouble = Trouble("unavailable", reply.since or reply.ended)
    return Transition("queued", trouble, until=until, looked=asked, doubt=True)


def after_failed_look(reply: Reply, outcome: Outcome, now: float, chance: float) -> Transition:
    """Judge a look that got no answer: what is not known stays so, and one looks again later."""
    match outcome:
        case Refused() if reply.state == "queued":
            return Transition("queued", looked=now, doubt=True)
        case Refused() if is_last_look(reply, now):
            # Who may not read the thread never finds out: the operator has to.
            return _failed(reply, "outcome_unknown", now)
        case Refused():
            code, until = "checking", looks_of(reply)[-1]
        case Passing(code, pause):
            until = now + _pause(reply, pause, now, chance)
        case Unsure():
            code, until = "checking", now + _pause(reply, None, now, chance)
    trouble = Trouble(code, reply.since or now)
    if reply.state == "queued":
        return Transition("queued", trouble, until=until, looked=reply.looked, doubt=True)
    return Transition(
        "sending", trouble, until=until, ended=reply.ended, how=reply.how, looked=reply.looked, doubt=True
    )


def _left_to_operators(reply: Reply, now: float) -> Transition:
    """End a reply from a backup that does not stand at Avito; nobody asks for an automatic one."""
    if reply.automatic:
        return Transition("cancelled")
    return Transition("failed", Trouble("restored", now, retryable=True))


def _failed(reply: Reply, code: str, now: float, *, retryable: bool = True, detail: str = "") -> Transition:
    return Transition("failed", Trouble(code, reply.since or now, retryable, detail), doubt=reply.doubt)


def _wait(reply: Reply, code: str, pause: float, now: float) -> Transition:
    trouble = Trouble(code, reply.since or now)
    return Transition("queued", trouble, until=now + pause, looked=reply.looked, doubt=reply.doubt)


def _pause(reply: Reply, named: float | None, now: float, chance: float) -> float:
    """Seconds to wait: as long as was named, else longer the longer it lasts."""
    if named is not None:
        return min(max(named, 0.1), LONGEST_PAUSE_S)
    lasts = now - reply.since if reply.since is not None else 0.0
    return max(backoff(1, chance), min(LONGEST_PAUSE_S, lasts / 2) * (0.5 + 0.5 * chance))
