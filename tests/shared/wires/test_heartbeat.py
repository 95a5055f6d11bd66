"""Heartbeats: live processes are known, dead ones are removed."""

import pytest
from redis.asyncio import Redis

from shared.redis import keys
from shared.wires import heartbeat

pytestmark = pytest.mark.anyio


async def test_a_process_with_a_heartbeat_is_alive_with_its_facts(store: Redis) -> None:
    await heartbeat.beat(store, "gateway", "g1", {"clients": 2}, 60)
    await heartbeat.beat(store, "gateway", "g2", {"clients": 3}, 60)
    await heartbeat.beat(store, "worker", "w1", {}, 60)

    assert await heartbeat.live_processes(store, "gateway") == {"g1": {"clients": 2}, "g2": {"clients": 3}}
    assert await heartbeat.live_processes_by_kind(store) == {
        "ingest": {},
        "worker": {"w1": {}},
        "gateway": {"g1": {"clients": 2}, "g2": {"clients": 3}},
    }


async def test_the_first_heartbeat_is_recognized_also_after_data_was_lost(
    store: Redis,
) -> None:
    assert await heartbeat.beat(store, "worker", "w1", {}, 60)
    assert not await heartbeat.beat(store, "worker", "w1", {}, 60)
    await store.flushall()
    assert await heartbeat.beat(store, "worker", "w1", {}, 60)


async def test_a_newer_heartbeat_replaces_the_older(store: Redis) -> None:
    await heartbeat.beat(store, "gateway", "g1", {"clients": 2}, 60)
    await heartbeat.beat(store, "gateway", "g1", {"clients": 5}, 60)

    assert await heartbeat.live_processes(store, "gateway") == {"g1": {"clients": 5}}


async def test_a_process_without_a_heartbeat_is_removed(store: Redis) -> None:
    await heartbeat.beat(store, "worker", "w1", {}, 60)
    await store.delete(keys.heartbeat("worker", "w1"))

    assert await heartbeat.live_processes(store, "worker") == {}
    assert not await store.exists(keys.process_names("worker"))


async def test_a_process_that_deregisters_is_gone_at_once(store: Redis) -> None:
    await heartbeat.beat(store, "worker", "w1", {}, 60)
    await heartbeat.deregister(store, "worker", "w1")

    assert await heartbeat.live_processes(store, "worker") == {}


async def test_a_heartbeat_expires_by_itself(store: Redis) -> None:
    await heartbeat.beat(store, "worker", "w1", {}, 7.5)

    assert 0 < await store.pttl(keys.heartbeat("worker", "w1")) <= 7500


@pytest.mark.parametrize("text", ["junk", "[1]", "7"])
async def test_an_invalid_heartbeat_has_no_facts(store: Redis, text: str) -> None:
    await heartbeat.beat(store, "worker", "w1", {}, 60)
    await store.set(keys.heartbeat("worker", "w1"), text)

    assert await heartbeat.live_processes(store, "worker") == {"w1": {}}
