"""The status of the whole system, without secrets: read from Redis, judged by a pure function.

keys.FACTS is a hash that the worker writes; every field is text and may be absent (unknown):
`mode` (webhook or polling), `reason`, `wanted` and `subscribed` (1 or 0), `last_webhook_at`,
`last_canary_at` (Unix seconds), `sweep_received`, `sweep_shown`, `sweep_missing`, `sweep_unchecked`,
`sweep_beyond` (1: Avito has chats that it does not list), `sweep_error` (why the last list was not read,
empty where it was), `sweep_failures` (lists in a row that were not read), `import_done`, `import_total`
(chats of the first import), `demo` (1: Avito is a simulator on this machine),
`avito` (the state of calls to Avito, see avito_state.py),
`trouble` (its trouble as `mode` events name it).
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal, NamedTuple, TypeAlias

import orjson
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

from shared import __version__
from shared.avito_state import trouble_of, words_of
from shared.redis import keys
from shared.redis.health import ask_health
from shared.redis.info import (
    REFUSAL_WORDS,
    SNAPSHOT_WORDS,
    SPOOL_WORDS,
    Alarm,
    RedisInfo,
    Refusal,
    alarms,
)
from shared.wires import heartbeat

Judgement: TypeAlias = Literal["ok", "degraded", "down"]
_NOTHING: Mapping[str, Any] = {}
_Living: TypeAlias = Mapping[heartbeat.ServiceKind, dict[str, dict[str, Any]]]

CANARY_LATE_S = 15.0
INBOX_LATE_S = 10.0
UNREAD_LISTS = 2
SWITCHES_SHOWN = 20
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
    vitals, nothing = Vitals(redis=False), _Stored({}, None, 0, [], 0, 0, [], {}, None)
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


_PRODUCT = b"product:"
"""How the counters of other products' webhooks begin (lua/dead_letter.lua)."""


class _Stored(NamedTuple):
    """What Redis replied; `oldest` is a list of at most one entry."""

    facts: dict[str, str]
    last_event_at: float | None
    waiting: int
    oldest: list[Any]
    dead: int
    outbox: int
    switches: list[bytes]
    counters: dict[bytes, bytes]
    info: RedisInfo | None


async def read_status(
    redis: Redis, now: float, name: str = "", own: Mapping[str, Any] = _NOTHING
) -> dict[str, Any]:
    """Return the status as it is shown.

    An ingest gives its `name` and `own` facts, which are newer than its heartbeat.
    Raises redis.exceptions.RedisError or TimeoutError: then `unreachable` is the answer.
    """
    stored = await _read(redis)
    living = await heartbeat.live_processes_by_kind(redis)
    ingests = list((living["ingest"] | ({name: dict(own)} if name else {})).values())
    return _shown(stored, living, _vitals(stored, living, ingests, now))


async def _read(redis: Redis) -> _Stored:
    async with redis.pipeline(transaction=False) as pipe:
        pipe.hgetall(keys.FACTS)
        pipe.xlen(keys.INBOX)
        pipe.xrange(keys.INBOX, count=1)
        pipe.xlen(keys.DEAD)
        pipe.zcard(keys.OUTBOX_WAITING)
        pipe.lrange(keys.SWITCHES, 0, SWITCHES_SHOWN - 1)
        facts, *others = await pipe.execute()
    named = {_text(name): _text(value) for name, value in facts.items()}
    later = (await _counters(redis), await _info(redis))
    return _Stored(*(named, await _last_event_at(redis), *others, *later))


async def _last_event_at(redis: Redis) -> float | None:
    """Return when the newest event of the journal happened; ingest may not read the journal itself."""
    with suppress(NoPermissionError):  # users.acl of the version before
        at, seq = await redis.hmget(keys.STATE, ["at", "seq"])
        if at or seq in (None, b"0"):
            return _number(_text(at))
    with suppress(NoPermissionError):  # no event since that version
        for _, fields in await redis.xrevrange(keys.JOURNAL, count=1):
            return _happened(fields.get(b"e", b""))
    return None


async def _counters(redis: Redis) -> dict[bytes, bytes]:
    try:
        return dict(await redis.hgetall(keys.COUNTERS))
    except NoPermissionError:  # users.acl of an older version
        return {}


async def _info(redis: Redis) -> RedisInfo | None:
    """Return what Redis says of itself now, since it may refuse to store alarms; None where it is hidden."""
    try:
        return await ask_health(redis)
    except ResponseError:
        return None


def _spool_alarms(ingests: Iterable[Mapping[str, Any]]) -> tuple[Alarm, ...]:
    return ("spool_failing",) if any(facts.get("spool_error") for facts in ingests) else ()


def _vitals(stored: _Stored, living: _Living, ingests: Sequence[Mapping[str, Any]], now: float) -> Vitals:
    facts, oldest = stored.facts, stored.oldest
    canary_at = _number(facts.get("last_canary_at"))
    held = alarms(stored.info) if stored.info else ()
    return Vitals(
        redis=True,
        workers=len(living["worker"]),
        gateways=len(living["gateway"]),
        mode=facts.get("mode") or None,
        wanted=_flag(facts.get("wanted")),
        canary_age=None if canary_at is None else now - canary_at,
        inbox_age=max(0.0, now - int(oldest[0][0].partition(b"-")[0]) / 1000) if oldest else None,
        spooled=int(_sum(ingests, "spooled")),
        alarms=(*held, *_spool_alarms(ingests)),
        unread_lists=_whole(facts.get("sweep_failures")) or 0,
        avito=facts.get("avito", ""),
        refusal=stored.info.refusal if stored.info else "",
    )


def _reason(facts: Mapping[str, str], vitals: Vitals) -> str | None:
    """Return what is full, or why it polls and Avito's trouble, or why Avito's list is not read."""
    if vitals.refusal:
        return REFUSAL_WORDS[vitals.refusal]
    if "snapshot_failing" in vitals.alarms:
        return SNAPSHOT_WORDS
    if "spool_failing" in vitals.alarms:
        return SPOOL_WORDS
    unlisted = facts.get("sweep_error") if vitals.unread_lists >= UNREAD_LISTS else None
    return facts.get("reason") or words_of(trouble_of(vitals.avito)) or unlisted or None


def _shown(stored: _Stored, living: _Living, vitals: Vitals) -> dict[str, Any]:
    facts = stored.facts
    return {
        "status": judge(vitals),
        "mode": vitals.mode,
        "reason": _reason(facts, vitals),
        "wanted": vitals.wanted,
        "subscribed": _flag(facts.get("subscribed")),
        "last_webhook_at": _number(facts.get("last_webhook_at")),
        "last_event_at": stored.last_event_at,
        "last_canary_at": _number(facts.get("last_canary_at")),
        "websocket_connections": int(_sum(living["gateway"].values(), "clients")),
        "inbox": {"waiting": stored.waiting, "oldest_s": vitals.inbox_age},
        "dead": stored.dead,
        "products": {
            _text(name.removeprefix(_PRODUCT)): _whole(_text(count)) or 0
            for name, count in stored.counters.items()
            if name.startswith(_PRODUCT)
        },
        "spooled": vitals.spooled,
        "outbox": {"waiting": stored.outbox},
        "sweep": {word: _whole(facts.get(f"sweep_{word}")) for word in _SWEEP},
        "sweep_beyond": _BEYOND if _flag(facts.get("sweep_beyond")) else None,
        "sweep_error": facts.get("sweep_error") or None,
        "import_done": _whole(facts.get("import_done")),
        "import_total": _whole(facts.get("import_total")),
        "workers": vitals.workers,
        "gateways": vitals.gateways,
        "latency_ms": worst_latency(living["gateway"].values()),
        "events": [event for event in map(_json, stored.switches) if event is not None],
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


def _text(value: bytes | None) -> str:
    return value.decode("utf-8", "replace") if value else ""


def _sum(processes: Iterable[Mapping[str, Any]], fact: str) -> float:
    return sum(float(facts[fact]) for facts in processes if _is_number(facts.get(fact)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _happened(event: bytes) -> float | None:
    at = (_json(event) or {}).get("at")
    return float(at) if isinstance(at, int | float) else None


def _json(text: bytes) -> dict[str, Any] | None:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "nan")
    except ValueError:
        return None
    return number if isfinite(number) else None


def _whole(text: str | None) -> int | None:
    number = _number(text)
    return None if number is None else int(number)


def _flag(text: str | None) -> bool | None:
    return None if text is None else text == "1"
