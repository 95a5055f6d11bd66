"""What to do next with the first reply of a chat, so that it leaves exactly once. Pure.

Avito has no idempotency key: an attempt without a response may have worked. So before another attempt the
thread is checked, until the message must be there: for a few seconds, longer the less is known
(`check_times`). A reply is `sending` until then. Only a response of Avito's ends an attempt for certain. A
worker that takes over a reply in `sending` knows only when its attempt began. A reply from a backup is
checked in the same way, and then left to an operator.
"""

from dataclasses import dataclass
from typing import Literal

from shared.timing.backoff import jittered
from worker.avito.backpressure import BACKOFF
from worker.outbox.reply import Ending, Reply

GIVE_UP_S = 86_400.0
ATTEMPT_WITHIN_S = 9.0
"""An attempt is cut off here at the latest: the time-out of its request is 8 s."""

LONGEST_PAUSE_S = 60.0
"""No reply waits longer for its next step; the rate limit keeps to any longer pause that Avito asks for."""

_FRESH_S = 15.0
_AFTER_ERROR = (1.0, 3.0)
_AFTER_CUT = (1.0, 3.0, 5.0)
_AFTER_UNREADABLE = (1.0, 3.0, 13.0)
_AFTER_BEGIN = (9.0, 11.0, 13.0)


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing before `until` (Unix seconds)."""

    until: float


Step = Wait | Literal["upload", "send", "check", "give_up"]
"""`check`: read the thread, which may already have the message."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Avito refuses it for good. `retryable`: an operator may remove the reason."""

    code: str
    retryable: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Temporary:
    """Nothing was sent, and the reply is not at fault. `pause`: seconds, where Avito or we know them."""

    code: str
    pause: float | None = None


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """It was sent, and whether it worked is unknown. `detail`: Avito's own words."""

    how: Ending
    detail: str = ""


Outcome = Refused | Temporary | Unconfirmed


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a reply waits or failed, as shown to operators. `retryable` counts for failed ones."""

    code: str
    since: float
    retryable: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """The next state of a reply that was not sent. `trouble` None: unchanged."""

    state: Literal["queued", "sending", "failed", "cancelled"]
    trouble: Trouble | None = None
    until: float = 0.0
    ended: float | None = None
    how: Ending = ""
    checked: float | None = None
    unconfirmed: bool = False


def next_step(reply: Reply, now: float) -> Step:
    """Return what to do with the first reply of a chat."""
    if reply.state == "sending":
        return _confirm(reply, now)
    if now - reply.queued >= GIVE_UP_S:
        return "give_up"
    if reply.until > now:
        return Wait(reply.until)
    if reply.unconfirmed and not _is_just_checked(reply, now):
        return "check"
    return "upload" if reply.kind == "image" and not reply.image else "send"


def _is_just_checked(reply: Reply, now: float) -> bool:
    return reply.checked is not None and 0 <= now - reply.checked <= _FRESH_S


def _confirm(reply: Reply, now: float) -> Step:
    if now - _wanted_since(reply) >= GIVE_UP_S:
        return "give_up"
    due = max(_next_check(reply), reply.until)
    return Wait(due) if due > now else "check"


def _wanted_since(reply: Reply) -> float:
    """Return since when it is attempted; one from a backup, since the check began."""
    return max(reply.queued, reply.began or 0.0) if reply.restored else reply.queued


def _next_check(reply: Reply) -> float:
    times = check_times(reply)
    return next((at for at in times if reply.checked is None or at > reply.checked), times[-1])


def check_times(reply: Reply) -> tuple[float, ...]:
    """Return when to check after an attempt without a response. If the last finds nothing, it failed."""
    began = reply.began or 0.0
    if reply.ended is None or reply.how in ("", "silent"):
        return tuple(began + seconds for seconds in _AFTER_BEGIN)
    after = {"error": _AFTER_ERROR, "unreadable": _AFTER_UNREADABLE}.get(reply.how, _AFTER_CUT)
    return tuple(reply.ended + seconds for seconds in after)


def is_last_check(reply: Reply, asked: float) -> bool:
    """Tell whether another attempt follows when a check begun at `asked` does not find it."""
    return reply.state == "queued" or asked >= check_times(reply)[-1]


def give_up(reply: Reply, now: float) -> Transition:
    """Fail a reply after a day of attempts."""
    return _failed(reply, "outcome_unknown" if reply.state == "sending" else "gave_up", now)


def after_upload(reply: Reply, outcome: Outcome, now: float, chance: float) -> Transition:
    """Return the state after a failed upload. A second upload does no harm, so none is unconfirmed."""
    harmless = Temporary("unavailable") if isinstance(outcome, Unconfirmed) else outcome
    return after_send(reply, harmless, now, chance)


def after_send(reply: Reply, outcome: Outcome, now: float, chance: float) -> Transition:
    """Return the state after an attempt whose response was not the message."""
    match outcome:
        case Refused(code, retryable, detail):
            return _failed(reply, code, now, retryable=retryable, detail=detail)
        case Temporary(code, pause):
            return Transition(
                "queued",
                Trouble(code, reply.since or now),
                until=now + _pause(reply, pause, now, chance),
                checked=reply.checked,
                unconfirmed=reply.unconfirmed,
            )
        case Unconfirmed(how, detail):
            trouble = Trouble("checking", reply.since or now, detail=detail)
            return Transition("sending", trouble, ended=now, how=how, checked=reply.checked, unconfirmed=True)


def after_check(reply: Reply, asked: float, chance: float) -> Transition:
    """Return the state after a check, begun at `asked`, that did not find the message."""
    if not is_last_check(reply, asked):
        return Transition("sending", ended=reply.ended, how=reply.how, checked=asked, unconfirmed=True)
    if reply.restored:
        return _left_to_operators(reply, asked)
    if reply.state == "queued" or reply.ended is None:
        return Transition("queued", checked=asked, unconfirmed=True)
    until = reply.ended + BACKOFF.pause(reply.tries, chance)
    trouble = Trouble("unavailable", reply.since or reply.ended)
    return Transition("queued", trouble, until=until, checked=asked, unconfirmed=True)


def after_failed_check(reply: Reply, outcome: Outcome, now: float, chance: float) -> Transition:
    """Return the state after a check that failed: the outcome stays unknown, and a later check follows."""
    match outcome:
        case Refused() if reply.state == "queued":
            return Transition("queued", checked=now, unconfirmed=True)
        case Refused() if is_last_check(reply, now):
            # We may not read the thread, so only an operator can find out.
            return _failed(reply, "outcome_unknown", now)
        case Refused():
            code, until = "checking", check_times(reply)[-1]
        case Temporary(code, pause):
            until = now + _pause(reply, pause, now, chance)
        case Unconfirmed():
            code, until = "checking", now + _pause(reply, None, now, chance)
    trouble = Trouble(code, reply.since or now)
    if reply.state == "queued":
        return Transition("queued", trouble, until=until, checked=reply.checked, unconfirmed=True)
    return Transition(
        "sending",
        trouble,
        until=until,
        ended=reply.ended,
        how=reply.how,
        checked=reply.checked,
        unconfirmed=True,
    )


def _left_to_operators(reply: Reply, now: float) -> Transition:
    """Fail a reply from a backup that Avito does not have; an automatic one is cancelled."""
    if reply.automatic:
        return Transition("cancelled")
    return Transition("failed", Trouble("restored", now, retryable=True))


def _failed(reply: Reply, code: str, now: float, *, retryable: bool = True, detail: str = "") -> Transition:
    return Transition(
        "failed", Trouble(code, reply.since or now, retryable, detail), unconfirmed=reply.unconfirmed
    )


def _pause(reply: Reply, named_s: float | None, now: float, chance: float) -> float:
    """Return the seconds to wait: as named, otherwise growing with the time that the trouble lasts."""
    if named_s is not None:
        return min(max(named_s, 0.1), LONGEST_PAUSE_S)
    lasts = now - reply.since if reply.since is not None else 0.0
    return max(BACKOFF.pause(1), jittered(min(LONGEST_PAUSE_S, lasts / 2), chance))
