"""Webhook or polling: decided by what is wanted, what stands at Avito, and what did not arrive. Pure."""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from worker.sync.intervals import SyncIntervals

Mode: TypeAlias = Literal["webhook", "polling"]
Listed: TypeAlias = Literal["ours", "another", "none"]
Code: TypeAlias = Literal["", "no_address", "unwanted", "unknown", "gone", "taken", "missed"]

MISSES_TOO_MANY = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known. `wanted` None: no record; `listed` None: Avito never said; `host` of another's URL.

    `misses`: when each was judged (Unix s), oldest first; `losing`: polling because of them.
    """

    has_address: bool
    wanted: bool | None
    listed: Listed | None
    host: str = ""
    misses: tuple[float, ...] = ()
    losing: bool = False


@dataclass(frozen=True, slots=True)
class ModeDecision:
    """What is true now. `code` '' in webhook mode; `count`: messages that no webhook brought.

    `adopt`: our URL stands there and nobody said that it should not: from now on it is wanted.
    `put_back`: it is wanted, and no other product stands in its place.
    """

    mode: Mode
    code: Code = ""
    host: str = ""
    count: int = 0
    adopt: bool = False
    put_back: bool = False
    losing: bool = False

    @property
    def detail(self) -> str:
        """What the reason names besides its words: the host, or how many messages; '' nothing."""
        return self.host or (str(self.count) if self.count else "")


def decide(evidence: Evidence, now: float, pace: SyncIntervals) -> ModeDecision:
    """Decide. Lost webhooks count only while our URL stands at Avito: else the list is the reason."""
    adopt = evidence.has_address and evidence.wanted is None and evidence.listed == "ours"
    match _subscribed(evidence):
        case "":
            verdict = _by_misses(evidence, now, pace)
            return replace(verdict, adopt=True) if adopt else verdict
        case "gone":
            return ModeDecision("polling", "gone", put_back=True)
        case "taken":
            return ModeDecision("polling", "taken", host=evidence.host)
        case code:
            return ModeDecision("polling", code)


def _subscribed(evidence: Evidence) -> Code:
    """Return '' where webhooks can be expected, else why not."""
    if not evidence.has_address:
        return "no_address"
    if evidence.listed is None and evidence.wanted is not False:
        return "unknown"
    if not (evidence.wanted or (evidence.wanted is None and evidence.listed == "ours")):
        return "unwanted"
    if evidence.listed == "another":
        return "taken"
    return "" if evidence.listed == "ours" else "gone"


def _by_misses(evidence: Evidence, now: float, pace: SyncIntervals) -> ModeDecision:
    """Three misses end the trust; it is back when none was added for a while."""
    if evidence.losing:
        losing = bool(evidence.misses) and now - evidence.misses[-1] < pace.calm_s
        recent = len(evidence.misses)
    else:
        recent = sum(now - at < pace.misses_within_s for at in evidence.misses)
        losing = recent >= MISSES_TOO_MANY
    if losing:
        return ModeDecision("polling", "missed", count=recent, losing=True)
    return ModeDecision("webhook")
