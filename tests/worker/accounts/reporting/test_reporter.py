import logging
from collections.abc import Iterator
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.redis import connection, keys
from shared.status import read_status
from testbed import RedisServer, running_redis, until
from tests.support.engine import is_redis_before
from worker.accounts.reporting.gauges import SystemGauges
from worker.accounts.reporting.reporter import Reporter

pytestmark = pytest.mark.anyio
ACCOUNT = 301200100
NOW = 1_757_403_800.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with running_redis(tmp_path, "--appendonly", "yes") as running:
        yield running


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(f"avito_live_{name}", labels)


async def test_the_whole_system_can_be_read_from_any_worker(real_redis: Redis) -> None:
    registry = CollectorRegistry()
    facts = ("mode", "polling", "wanted", "1", "subscribed", "0", "sweep_missing", "2")
    await real_redis.execute_command("HSET", keys.FACTS, *facts)
    await real_redis.xadd(keys.INBOX, {"b": "{}"}, id=f"{int(NOW * 1000) - 4000}-0")
    await real_redis.zadd(keys.OUTBOX_WAITING, {"1/a": NOW - 30, "1/b": NOW})
    await real_redis.set(keys.token(ACCOUNT), "t", px=60_000)
    await real_redis.xadd(keys.JOURNAL, {"e": b'{"at":1757403791}'}, id="7-0")
    await real_redis.xadd(keys.UNVERIFIED, {"b": "{}"})
    await real_redis.zadd(keys.chats(ACCOUNT), {"c1": 1, "c2": 2})
    await real_redis.execute_command("HSET", keys.COUNTERS, "dead_dropped", 3)

    await Reporter(real_redis, ACCOUNT, SystemGauges(registry), lambda: NOW).report()

    assert value(registry, "inbox_entries") == 1
    assert value(registry, "inbox_age_seconds") == 4
    assert value(registry, "outbox_age_seconds") == 30
    assert value(registry, "mode", mode="polling") == 1
    assert value(registry, "mode", mode="webhook") == 0
    assert value(registry, "subscription_wanted") == 1
    assert value(registry, "subscription_active") == 0
    assert value(registry, "sweep_messages", state="missing") == 2
    assert 55 < (value(registry, "token_seconds_left") or 0) <= 60
    assert value(registry, "processes", part="worker") == 0
    held = [value(registry, "held", what=what) for what in ("journal", "hints", "chats")]
    assert held == [1, 1, 2]
    assert value(registry, "dead_letters_dropped") == 3


async def test_while_redis_is_away_old_values_are_not_shown(server: RedisServer) -> None:
    registry = CollectorRegistry()
    async with connection.connect(server.url, timeout=5) as redis:
        reporter = Reporter(redis, ACCOUNT, SystemGauges(registry))
        await reporter.report()
        assert value(registry, "redis_up") == 1
        server.kill()

        with pytest.raises((RedisError, OSError)):
            await reporter.report_for_ever()

    assert value(registry, "redis_up") == 0
    moments = ("avito_live_redis_up", "avito_live_last_webhook", "avito_live_last_canary")
    shown = [
        sample.name
        for metric in registry.collect()
        for sample in metric.samples
        if not (sample.name.startswith(moments) or isnan(sample.value))
    ]
    assert shown == []


async def test_a_redis_nearly_out_of_memory_raises_an_alarm_and_takes_it_back(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    registry = CollectorRegistry()
    caplog.set_level(logging.INFO, "worker.report")
    async with connection.connect(server.url) as redis:
        reporter = Reporter(redis, ACCOUNT, SystemGauges(registry))
        for number in range(400):  # small steps: a large request would count as memory itself
            await redis.set(f"much:{number}", b"x" * 50_000)
        used = int((await redis.info("memory"))["used_memory"])
        await redis.config_set("maxmemory", int(used * 1.1))
        await reporter.report()
        await reporter.report()
        raised = (await read_status(redis, 0.0))["alarms"]
        await redis.config_set("maxmemory", used * 100)
        await reporter.report()
        over = (await read_status(redis, 0.0))["alarms"]

    assert (raised, over) == (["memory_nearly_full"], [])
    assert value(registry, "alarm", alarm="memory_nearly_full") == 0
    assert [record.getMessage() for record in caplog.records] == [
        "worker.report.alarm",
        "worker.report.alarm_over",
    ]


@pytest.mark.skipif(is_redis_before(7), reason="Redis 6.2 has no folder to spoil for it")
async def test_an_append_only_file_that_cannot_be_rewritten_raises_an_alarm(server: RedisServer) -> None:
    registry = CollectorRegistry()
    async with connection.connect(server.url) as redis:
        reporter = Reporter(redis, ACCOUNT, SystemGauges(registry))
        await reporter.report()
        assert value(registry, "redis_aof_ok") == 1
        (server.folder / "appendonlydir").rename(server.folder / "gone")
        (server.folder / "appendonlydir").write_text("no folder any more")
        with pytest.raises(RedisError):
            await redis.execute_command("BGREWRITEAOF")
        await reporter.report()

    assert value(registry, "redis_aof_ok") == 0

    assert value(registry, "alarm", alarm="rewrite_failing") == 1


async def test_a_snapshot_that_cannot_be_saved_is_told_with_its_remedy(server: RedisServer) -> None:
    async with connection.connect(server.url) as redis:
        (server.folder / "dump.rdb").mkdir()
        await redis.execute_command("BGSAVE", "SCHEDULE")

        async def told() -> dict[str, Any]:
            shown = await read_status(redis, 0.0)
            return shown if shown["alarms"] else {}

        shown = await until(told)

    assert shown["alarms"] == ["snapshot_failing"]
    assert "BGSAVE SCHEDULE" in shown["reason"]
