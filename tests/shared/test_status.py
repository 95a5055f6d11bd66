"""The status: what it reads, and how it is judged."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from shared import __version__
from shared.redis import keys
from shared.redis.info import SPOOL_WORDS
from shared.status import Vitals, judge, read_status, unreachable, worst_latency
from shared.wires import heartbeat

NOW = 1_757_403_800.0
WELL = Vitals(redis=True, workers=1, gateways=1, mode="webhook", canary_age=2.0, inbox_age=None)


@pytest.mark.parametrize(
    ("change", "judgement"),
    [
        pytest.param({}, "ok", id="all well"),
        pytest.param({"mode": "polling", "wanted": False}, "ok", id="polling as wished"),
        pytest.param({"mode": "polling", "wanted": True}, "degraded", id="polling for want of the webhook"),
        pytest.param({"canary_age": None}, "ok", id="no canary yet"),
        pytest.param({"inbox_age": 9.0}, "ok", id="a message on its way"),
        pytest.param({"redis": False}, "down", id="no Redis"),
        pytest.param({"workers": 0}, "down", id="no worker"),
        pytest.param({"gateways": 0}, "down", id="no gateway"),
        pytest.param({"mode": None}, "degraded", id="mode unknown"),
        pytest.param({"canary_age": 15.1}, "degraded", id="the canary is late"),
        pytest.param({"inbox_age": 10.1}, "degraded", id="the inbox is late"),
        pytest.param({"spooled": 1}, "degraded", id="spooling"),
        pytest.param({"unread_lists": 1}, "ok", id="one list that was not read"),
        pytest.param({"unread_lists": 2}, "degraded", id="two lists in a row that were not read"),
        pytest.param({"avito": "ok"}, "ok", id="Avito answers"),
        pytest.param({"avito": "keys refused"}, "degraded", id="keys refused"),
        pytest.param({"avito": "keys or tariff"}, "degraded", id="everything forbidden"),
        pytest.param({"avito": "not paid"}, "degraded", id="not paid"),
        pytest.param({"avito": "certificate not trusted"}, "degraded", id="Avito's certificate"),
        pytest.param({"avito": "down since 1757403000"}, "degraded", id="Avito away"),
        pytest.param({"spooled": 1, "workers": 0}, "down", id="the worst counts"),
    ],
)
def test_the_judgement(change: dict[str, Any], judgement: str) -> None:
    assert judge(replace(WELL, **change)) == judgement


def test_without_redis_everything_is_unknown() -> None:
    shown = unreachable({"spooled": 7})

    known = {name: value for name, value in shown.items() if value not in (None, {})}
    nested = [known.pop(name) for name in ("inbox", "outbox", "sweep", "latency_ms")]
    assert known == {"status": "down", "spooled": 7, "version": __version__}
    assert all(value is None for part in nested for value in part.values())


def test_the_latency_is_that_of_the_slowest_gateway() -> None:
    gateways: list[dict[str, Any]] = [
        {"latency_ms": {"p50": 1.0, "p99": 9.0}},
        {"latency_ms": {"p50": 2.0, "p99": None}},
        {"latency_ms": "junk"},
        {},
    ]

    assert worst_latency(gateways) == {"p50": 2.0, "p99": 9.0}
    assert worst_latency([]) == {"p50": None, "p99": None}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"reason": "подписка чужая", "avito": "not paid"}, "подписка чужая"),
        ({"avito": "not paid"}, "тариф Avito не включает API мессенджера: подключите его"),
        ({"avito": "ok", "sweep_error": "список не прочитан", "sweep_failures": "1"}, None),
        ({"avito": "ok", "sweep_error": "список не прочитан", "sweep_failures": "2"}, "список не прочитан"),
        ({"avito": "ok", "sweep_error": ""}, None),
    ],
)
async def test_what_degrades_the_status_is_said_in_words(
    store: Redis, facts: dict[str, str], reason: str | None
) -> None:
    await store.hset(keys.FACTS, mapping=facts)

    assert (await read_status(store, NOW))["reason"] == reason


@pytest.mark.anyio
async def test_an_empty_redis_is_down_with_everything_unknown(store: Redis) -> None:
    shown = await read_status(store, NOW)

    assert set(shown) == set(unreachable())
    assert (shown["status"], shown["mode"], shown["wanted"], shown["last_event_at"]) == (
        "down",
        None,
        None,
        None,
    )
    assert (shown["workers"], shown["events"], shown["inbox"]) == (0, [], {"waiting": 0, "oldest_s": None})


@pytest.mark.anyio
async def test_all_known_facts_are_shown(store: Redis) -> None:
    facts = {
        "mode": "webhook",
        "reason": "our URL stands in Avito's list",
        "wanted": "1",
        "subscribed": "0",
        "last_webhook_at": "1757403790.5",
        "last_canary_at": "1757403799",
        "sweep_received": "10",
        "sweep_shown": "9",
        "sweep_missing": "1",
        "sweep_beyond": "1",
        "sweep_error": "список чатов не прочитан",
        "import_done": "300",
        "import_total": "1100",
        "avito": "down since 1757403000",
    }
    switch = {"at": 1757403000, "mode": "webhook", "reason": "again"}
    await store.execute_command("HSET", keys.FACTS, *(word for fact in facts.items() for word in fact))
    await store.xadd(keys.JOURNAL, {"e": orjson.dumps({"type": "message", "at": 1757403791.25})}, id="7-0")
    await store.hset(keys.STATE, "seq", "7")
    await store.xadd(keys.INBOX, {"b": "{}"}, id=f"{int(NOW * 1000) - 4000}-0")
    await store.xadd(keys.INBOX, {"b": "{}"}, id=f"{int(NOW * 1000)}-0")
    await store.xadd(keys.DEAD, {"b": "{}"})
    await store.execute_command("HSET", keys.COUNTERS, "product:order", 3, "dead", 1)
    await store.zadd(keys.OUTBOX_WAITING, {"1/a": 1, "1/b": 2})
    await store.execute_command("RPUSH", keys.SWITCHES, orjson.dumps(switch), "junk")
    await heartbeat.beat(store, "worker", "w1", {}, 60)
    await heartbeat.beat(store, "gateway", "g1", {"clients": 2, "latency_ms": {"p50": 1.5, "p99": 4}}, 60)
    await heartbeat.beat(store, "gateway", "g2", {"clients": 3}, 60)
    await heartbeat.beat(store, "ingest", "i1", {"spooled": 100}, 60)
    await heartbeat.beat(store, "ingest", "i2", {"spooled": 5, "spool_error": "No space left"}, 60)

    assert await read_status(store, NOW, "i1", {"spooled": 2}) == {
        "status": "degraded",
        "mode": "webhook",
        "reason": SPOOL_WORDS,
        "wanted": True,
        "subscribed": False,
        "last_webhook_at": 1757403790.5,
        "last_event_at": 1757403791.25,
        "last_canary_at": 1757403799.0,
        "websocket_connections": 5,
        "inbox": {"waiting": 2, "oldest_s": 4.0},
        "dead": 1,
        "products": {"order": 3},
        "spooled": 7,
        "outbox": {"waiting": 2},
        "sweep": {"received": 10, "shown": 9, "missing": 1, "unchecked": None},
        "sweep_beyond": "Avito перечисляет не все чаты: сколько их ещё и что в них нового, узнать нельзя",
        "sweep_error": "список чатов не прочитан",
        "import_done": 300,
        "import_total": 1100,
        "workers": 1,
        "gateways": 2,
        "latency_ms": {"p50": 1.5, "p99": 4},
        "events": [switch],
        "alarms": ["spool_failing"],
        "avito": "down since 1757403000",
        "version": __version__,
    }


@pytest.mark.anyio
@pytest.mark.parametrize("junk", ["", "soon", "nan", "inf", "1e999", "{}", "[1"])
async def test_invalid_facts_are_unknown(store: Redis, junk: str) -> None:
    names = ("mode", "last_webhook_at", "last_canary_at", "sweep_received")
    await store.execute_command("HSET", keys.FACTS, *(word for name in names for word in (name, junk)))

    shown = await read_status(store, NOW)

    assert (shown["last_webhook_at"], shown["last_canary_at"], shown["sweep"]["received"]) == (
        None,
        None,
        None,
    )
