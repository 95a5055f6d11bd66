from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from shared.redis.health import ask_health
from shared.redis.info import ALARM_TEXTS, Alarm, alarms, read_info
from testbed import running_redis, until

WELL: dict[str, Any] = {
    "used_memory": 100,
    "maxmemory": 1000,
    "maxmemory_policy": "noeviction",
    "evicted_keys": 0,
    "aof_enabled": 1,
    "aof_last_write_status": "ok",
    "aof_last_bgrewrite_status": "ok",
}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, ()),
        ({"used_memory": 849}, ()),
        ({"used_memory": 850}, ("memory_nearly_full",)),
        ({"used_memory": 1000}, ("memory_full",)),
        ({"used_memory": 10**9, "maxmemory": 0, "maxmemory_policy": "allkeys-lru"}, ()),
        ({"maxmemory_policy": "allkeys-lru"}, ("may_evict",)),
        ({"evicted_keys": 3, "maxmemory_policy": "allkeys-lru"}, ("evicting", "may_evict")),
        (
            {"used_memory": 1001, "evicted_keys": 3, "maxmemory_policy": "allkeys-lru"},
            ("evicting", "memory_nearly_full", "may_evict"),
        ),
        ({"aof_last_write_status": "err"}, ("aof_failing",)),
        ({"aof_last_bgrewrite_status": "err"}, ("rewrite_failing",)),
        ({"aof_last_write_status": "err", "aof_enabled": 0}, ()),
        ({"rdb_last_bgsave_status": "err"}, ("snapshot_failing",)),
    ],
)
def test_each_problem_of_redis_raises_its_alarm(changed: dict[str, Any], found: tuple[Alarm, ...]) -> None:
    assert alarms(read_info(WELL | changed)) == found


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"used_memory": 999}, ""),
        ({"used_memory": 1000}, "memory_full"),
        ({"used_memory": 1001, "maxmemory_policy": "allkeys-lru"}, ""),
        ({"used_memory": 1001, "aof_last_write_status": "err"}, "aof_failing"),
    ],
)
def test_a_redis_that_makes_room_refuses_nothing(changed: dict[str, Any], refusal: str) -> None:
    assert read_info(WELL | changed).refusal == refusal


def test_missing_fields_of_info_raise_no_alarm() -> None:
    assert alarms(read_info({})) == ()


def test_every_alarm_says_how_to_fix_it() -> None:
    assert all(": " in words for words in ALARM_TEXTS.values())


@pytest.mark.anyio
async def test_a_failed_snapshot_is_a_refusal_only_where_it_stops_all_writes(tmp_path: Path) -> None:
    with running_redis(tmp_path, "--save", "3600", "1") as server:
        (server.folder / "dump.rdb").mkdir()
        async with Redis.from_url(server.url) as redis:
            await redis.bgsave()

            async def refusal() -> str:
                return (await ask_health(redis)).refusal

            await until(refusal)
            assert await refusal() == "snapshot_failing"
            await redis.config_set("stop-writes-on-bgsave-error", "no")
            assert await refusal() == ""
            assert alarms(await ask_health(redis)) == ("snapshot_failing",)
