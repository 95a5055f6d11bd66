"""The status of the whole system, without secrets: read from Redis, judged by a pure function."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from redis.asyncio import Redis

from shared import __version__
from shared.avito_state import trouble_of, words_of
from shared.command_names import named_for_here
from shared.redis.info import (
    REFUSAL_WORDS,
    SNAPSHOT_WORDS,
    SPOOL_WORDS,
    Alarm,
    Refusal,
    alarms,
    read_info,
)
from shared.status_facts import StoredStatus, as_flag, as_json, as_number, as_text, as_whole, read_stored
from shared.wires import heartbeat

Judgement: TypeAlias = Literal["ok", "degraded", "down"]
_PRODUCT = b"product:"
"""How the counters of other products' webhooks begin (lua/dead_letter.lua)."""
_NOTHING: Mapping[str, Any] = {}
_Living: TypeAlias = Mapping[heartbeat.ServiceKind, dict[str, dict[str, Any]]]

CANARY_LATE_S = 15.0
INBOX_LATE_S = 10.0
UNREAD_LISTS = 2
_SWEEP = ("received", "shown", "missing", "unchecked")
_BEYOND = "Avito перечисляет не все чаты: сколько их ещё и что в них нового, узнать нельзя"


@dataclass(frozen=True, slots=True)
class Vitals:
    """What `judge` looks at. Ages in seconds; None: never seen, or nothing waits."""

    redis: bool
    workers: int = 0
    gateways: int = 0
    mode: str | None = None
    wanted: bool | None = None
    canary_age: float | None = None
    inbox_age: float | None = None
    spooled: int = 0
    alarms: tuple[str, ...] = ()
    unread_lists: int = 0
    """Sweeps in a row that could not read Avito's list of chats."""
    avito: str = ""
    refusal: Refusal = ""
    """Why Redis refuses every write."""


def judge(vitals: Vitals) -> Judgement:
    """Return `down` if messages do not reach the screen, `degraded` if they do late, by polling, or alone.

    Without Avito's API webhooks are shown, and nothing else works.
    """
    if vitals.refusal or not (vitals.redis and vitals.workers and vitals.gateways):
        return "down"
    late = (vitals.canary_age or 0.0) > CANARY_LATE_S or (vitals.inbox_age or 0.0) > INBOX_LATE_S
    polls = vitals.mode is None or (vitals.mode == "polling" and vitals.wanted)
    unlisted = vitals.unread_lists >= UNREAD_LISTS
    alone = unlisted or trouble_of(vitals.avito)
    doubtful = late or vitals.spooled or polls or vitals.alarms or alone
    return "degraded" if doubtful else "ok"


def unreachable(own: Mapping[str, Any] = _NOTHING) -> dict[str, Any]:
    """Return the status while Redis is unreachable: only what this process knows itself."""
    vitals, nothing = Vitals(redis=False), StoredStatus({}, None, 0, [], 0, 0, [], {}, read_info({}))
    known = {
        "status": judge(vitals),
        "spooled": own.get("spooled"),
        "products": None,
        "alarms": list(_spool_alarms([own])) or None,
        "version": __version__,
    }
    return _unknown(_shown(nothing, {kind: {} for kind in heartbeat.SERVICE_KINDS}, vitals)) | known


def _unknown(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: _unknown(value) if isinstance(value, dict) else None for name, value in shown.items()}


async def read_status(
    redis: Redis, now: float, name: str = "", own: Mapping[str, Any] = _NOTHING
) -> dict[str, Any]:
    """Return the status as it is shown.

    An ingest gives its `name` and `own` facts, which are newer than its heartbeat.
    Raises redis.exceptions.RedisError or TimeoutError: then `unreachable` is the answer.
    """
    stored = await read_stored(redis)
    living = await heartbeat.live_processes_by_kind(redis)
    ingests = list((living["ingest"] | ({name: dict(own)} if name else {})).values())
    return _shown(stored, living, _vitals(stored, living, ingests, now))


def _spool_alarms(ingests: Iterable[Mapping[str, Any]]) -> tuple[Alarm, ...]:
    return ("spool_failing",) if any(facts.get("spool_error") for facts in ingests) else ()


def _vitals(
    stored: StoredStatus, living: _Living, ingests: Sequence[Mapping[str, Any]], now: float
) -> Vitals:
    facts, oldest = stored.facts, stored.oldest
    canary_at = as_number(facts.get("last_canary_at"))
    held = alarms(stored.info)
    return Vitals(
        redis=True,
        workers=len(living["worker"]),
        gateways=len(living["gateway"]),
        mode=facts.get("mode") or None,
        wanted=as_flag(facts.get("wanted")),
        canary_age=None if canary_at is None else now - canary_at,
        inbox_age=max(0.0, now - int(oldest[0][0].partition(b"-")[0]) / 1000) if oldest else None,
        spooled=int(_sum(ingests, "spooled")),
        alarms=(*held, *_spool_alarms(ingests)),
        unread_lists=as_whole(facts.get("sweep_failures")) or 0,
        avito=facts.get("avito", ""),
        refusal=stored.info.refusal,
    )


def _reason(facts: Mapping[str, str], vitals: Vitals) -> str:
    """Return what is full, or why it polls and Avito's trouble, or why Avito's list is not read; or ""."""
    if vitals.refusal:
        return REFUSAL_WORDS[vitals.refusal]
    if "snapshot_failing" in vitals.alarms:
        return SNAPSHOT_WORDS
    if "spool_failing" in vitals.alarms:
        return SPOOL_WORDS
    unlisted = facts.get("sweep_error") if vitals.unread_lists >= UNREAD_LISTS else None
    return facts.get("reason") or words_of(trouble_of(vitals.avito)) or unlisted or ""


def _shown(stored: StoredStatus, living: _Living, vitals: Vitals) -> dict[str, Any]:
    facts = stored.facts
    return {
        "status": judge(vitals),
        "mode": vitals.mode,
        "reason": named_for_here(_reason(facts, vitals)) or None,
        "wanted": vitals.wanted,
        "subscribed": as_flag(facts.get("subscribed")),
        "last_webhook_at": as_number(facts.get("last_webhook_at")),
        "last_event_at": stored.last_event_at,
        "last_canary_at": as_number(facts.get("last_canary_at")),
        "websocket_connections": int(_sum(living["gateway"].values(), "clients")),
        "inbox": {"waiting": stored.waiting, "oldest_s": vitals.inbox_age},
        "dead": stored.dead,
        "products": {
            as_text(name.removeprefix(_PRODUCT)): as_whole(as_text(count)) or 0
            for name, count in stored.counters.items()
            if name.startswith(_PRODUCT)
        },
        "spooled": vitals.spooled,
        "outbox": {"waiting": stored.outbox},
        "sweep": {word: as_whole(facts.get(f"sweep_{word}")) for word in _SWEEP},
        "sweep_beyond": _BEYOND if as_flag(facts.get("sweep_beyond")) else None,
        "sweep_error": facts.get("sweep_error") or None,
        "import_done": as_whole(facts.get("import_done")),
        "import_total": as_whole(facts.get("import_total")),
        "workers": vitals.workers,
        "gateways": vitals.gateways,
        "latency_ms": worst_latency(living["gateway"].values()),
        "events": [event for event in map(as_json, stored.switches) if event is not None],
        "alarms": list(vitals.alarms),
        "avito": facts.get("avito"),
        "version": __version__,
    }


def worst_latency(gateways: Iterable[Mapping[str, Any]]) -> dict[str, float | None]:
    """Return the latency of the slowest gateway, since its operators wait longest."""
    measured = [facts["latency_ms"] for facts in gateways if isinstance(facts.get("latency_ms"), dict)]
    return {
        share: max((latency[share] for latency in measured if _is_number(latency.get(share))), default=None)
        for share in ("p50", "p99")
    }


def _sum(processes: Iterable[Mapping[str, Any]], fact: str) -> float:
    return sum(float(facts[fact]) for facts in processes if _is_number(facts.get(fact)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)
