"""Webhook or polling: decided by what the owner wants, what Avito lists, and what did not arrive. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from shared.avito_state import AvitoTrouble, words_of
from worker.sync.intervals import SyncIntervals

Mode: TypeAlias = Literal["webhook", "polling"]
Listed: TypeAlias = Literal["ours", "another", "none"]
Code: TypeAlias = Literal["", "no_address", "unwanted", "unknown", "gone", "taken", "missed"]

MISSES_TOO_MANY = 3
_REASONS: dict[Code, str] = {
    "": "",
    "no_address": "публичный адрес не настроен (DOMAIN и WEBHOOK_SECRET)",
    "unwanted": "вебхук отключён (включить: make subscribe)",
    "unknown": "Avito ещё не ответил, стоит ли наша подписка",
    "gone": "подписка пропала на стороне Avito, восстанавливаем",
    "taken": "вебхук занят другим сервисом: {host}",
    "missed": "вебхуки не доходят: без них пришло сообщений: {count}",
}


@dataclass(frozen=True, slots=True)
class SyncFacts:
    """What Redis says now. `wanted` None: no record; `listed` None: Avito never answered.

    `host`: of another's URL. `trouble`: of Avito's, as operators know it. `mode` None: never decided.
    `misses`: when each was found (Unix s), in order.
    """

    wanted: bool | None
    listed: Listed | None
    host: str = ""
    mode: Mode | None = None
    reason: str = ""
    code: str = ""
    avito: str = ""
    trouble: str = ""
    epoch: str = ""
    misses: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class ModeDecision:
    """The mode. `code`: why it is polling, '' in webhook mode; `count`: messages that no webhook brought.

    `adopt`: Avito lists our URL and there is no record of a wish, so from now on it is wanted.
    """

    mode: Mode
    code: Code = ""
    host: str = ""
    count: int = 0
    adopt: bool = False

    @property
    def detail(self) -> str:
        """The part of the reason that varies: the host, or the number of messages; '' where it has none."""
        return self.host or (str(self.count) if self.count else "")


def decide(facts: SyncFacts, now: float, intervals: SyncIntervals, *, has_address: bool) -> ModeDecision:
    """Decide the mode. Missed webhooks count only while Avito lists our URL."""
    match _subscribed(facts) if has_address else "no_address":
        case "":
            return replace(_by_misses(facts, now, intervals), adopt=facts.wanted is None)
        case "taken":
            return ModeDecision("polling", "taken", host=facts.host)
        case code:
            return ModeDecision("polling", code)


def mode_reason(decision: ModeDecision, trouble: AvitoTrouble = "") -> str:
    """Return what operators read, in Russian: Avito's trouble, and why it is polling; '' for neither."""
    # That Avito has not answered yet is no news beside its trouble.
    code = "" if trouble and decision.code == "unknown" else decision.code
    polling = _REASONS[code].format(host=decision.host, count=decision.count)
    return "; ".join(filter(None, (words_of(trouble), polling)))


def missed_webhooks(found_by_sweep: Mapping[str, float], proof_s: float, committed_until: float) -> list[str]:
    """Return the messages whose webhook had its time and did not come.

    `found_by_sweep`: when a sweep found each (Unix s). `committed_until`: a webhook that was accepted
    later may still be in the inbox or a spool, so its message does not count.
    """
    return [name for name, found_at in found_by_sweep.items() if found_at + proof_s < committed_until]


def _subscribed(facts: SyncFacts) -> Code:
    """Return '' where webhooks can be expected, otherwise why not."""
    if facts.listed is None and facts.wanted is not False:
        return "unknown"
    if not (facts.wanted or (facts.wanted is None and facts.listed == "ours")):
        return "unwanted"
    if facts.listed == "another":
        return "taken"
    return "" if facts.listed == "ours" else "gone"


def _by_misses(facts: SyncFacts, now: float, intervals: SyncIntervals) -> ModeDecision:
    """Poll after three misses, until there was none for a while."""
    if facts.code == "missed":
        losing = bool(facts.misses) and now - facts.misses[-1] < intervals.calm_s
        recent = len(facts.misses)
    else:
        recent = sum(now - at < intervals.misses_within_s for at in facts.misses)
        losing = recent >= MISSES_TOO_MANY
    return ModeDecision("polling", "missed", count=recent) if losing else ModeDecision("webhook")
