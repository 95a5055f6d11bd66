"""Ingest's part in the status: the status page, the canary, the heartbeat."""

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest
import redis

from shared import status
from shared.redis import connection, keys
from shared.wires import heartbeat, inbox
from testbed import RedisServer, eventually
from tests.ingest.process import Ingest, running_ingest


def beat(server: RedisServer, part: heartbeat.ServiceKind, name: str, **facts: Any) -> None:
    async def send() -> None:
        async with connection.connect(server.url, names_epoch=False) as client:
            await heartbeat.beat(client, part, name, facts, 60)

    asyncio.run(send())


def canaries(store: redis.Redis) -> int:
    entries = store.execute_command("XRANGE", keys.INBOX, "-", "+")
    return sum(inbox.is_canary(fields) for _, fields in entries)


@pytest.mark.usefixtures("store")
def test_the_status_has_every_field_and_is_never_cached(ingest: Ingest) -> None:
    response = ingest.client.get("/admin/avito/webhook/status")

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert set(response.json()) == set(status.unreachable())


def test_a_complete_system_is_ok(ingest: Ingest, server: RedisServer, store: redis.Redis) -> None:
    store.hset(keys.FACTS, mapping={"mode": "webhook"})
    beat(server, "worker", "w1")
    beat(server, "gateway", "g1", clients=3, latency_ms={"p50": 1.5, "p99": 4.0})
    eventually(lambda: canaries(store) > 0)

    def reading() -> dict[str, Any]:
        return {name: ingest.status()[name] for name in ("status", "workers", "websocket_connections")}

    eventually(lambda: reading() == {"status": "ok", "workers": 1, "websocket_connections": 3})


def test_no_canary_is_sent_while_no_worker_runs(ingest: Ingest, store: redis.Redis) -> None:
    eventually(lambda: store.exists(keys.process_names("ingest")))

    assert canaries(store) == 0


def test_two_ingests_send_as_many_canaries_as_one(redis_here: RedisServer, tmp_path: Path) -> None:
    with redis.Redis(port=redis_here.port) as client:
        beat(redis_here, "worker", "w1")
        with (
            running_ingest(redis_here.url, tmp_path / "a"),
            running_ingest(redis_here.url, tmp_path / "b"),
        ):
            eventually(lambda: canaries(client) >= 3, 40)
            entries = client.execute_command("XRANGE", keys.INBOX, "-", "+")

    times = [float(fields[inbox.ACCEPTED]) for _, fields in entries]
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) > 1


def test_an_ingest_beats_and_deregisters(redis_here: RedisServer, tmp_path: Path) -> None:
    with redis.Redis(port=redis_here.port) as client:
        with running_ingest(redis_here.url, tmp_path) as ingest:
            eventually(lambda: client.execute_command("SMEMBERS", keys.process_names("ingest")))
            assert ingest.stop() == 0

        assert client.execute_command("KEYS", f"{keys.PREFIX}:alive:*") == []
