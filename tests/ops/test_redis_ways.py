"""Connections to Redis by Sentinels, with a real failover under load, and by TLS."""

import asyncio
import re
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from shared.redis import connection
from shared.redis.url_setting import read_url
from shared.settings import Environment
from testbed import (
    ACCOUNT,
    SENTINEL_OPTIONS,
    Sentinels,
    System,
    running_sentinels,
    running_system,
    shown,
    truth,
    until,
)
from tests.push_gateway.panel import Panel
from tests.scripts.running import avito_live
from tests.support.tls_redis import tls_group, tls_redis

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PARTS = ("ingest", "worker", "gateway")
QUICK = {"POLL_INTERVAL_S": "1", "SWEEP_INTERVAL_S": "2", "WATCH_INTERVAL_S": "1"}


async def equal(system: System, group: Sentinels) -> bool:
    """The current master, if there is one, has what Avito lists."""
    expected = await truth(system.avito)
    system.redis_server.port = group.master_port()
    try:
        async with system.redis as redis:
            return await shown(redis, ACCOUNT) == expected
    except RedisError:
        return False


async def test_a_failover_under_load_loses_no_message_and_every_browser_reads_again(tmp_path: Path) -> None:
    async with (
        running_system(tmp_path, environ=QUICK, redis_options=SENTINEL_OPTIONS) as system,
        running_sentinels(system.redis_server, tmp_path) as group,
    ):
        system.environ["REDIS_URL"] = group.url
        await system.start(*PARTS)
        await system.avito.subscribe(system.webhook_url)
        async with Panel.at(system.url("gateway")) as panel:
            await panel.log_in()
            async with panel.socket() as socket:
                first = await socket.read_type("hello")
                load = asyncio.create_task(system.avito.burst(messages=150, chats=5, rate=30))
                await socket.read_type("message")
                await system.kill("redis")
                second = await socket.read_type("hello")
                await load
                await until(lambda: equal(system, group), within=80, every=0.5)
                message = await system.avito.write(await system.avito.chat(), "после переключения")
                while (await socket.read_type("message"))["message"]["id"] != message:
                    pass

    assert (second["recovered"], second["epoch"] != first["epoch"]) == (False, True)


async def spooled(system: System) -> float:
    """How many webhooks were answered once they were on ingest's disk."""
    text = (await system.http.get(f"{system.url('ingest')}/metrics")).text
    found = re.search(r'^avito_live_ingest_ack_seconds_count\{place="spool"\} (\S+)$', text, re.MULTILINE)
    return float(found[1]) if found else 0


async def test_a_master_without_replicas_confirms_nothing_so_webhooks_wait_on_disk_for_the_next_one(
    tmp_path: Path,
) -> None:
    strict = (*SENTINEL_OPTIONS, "--min-replicas-to-write", "1", "--min-replicas-max-lag", "10")
    async with (
        running_system(tmp_path, environ=QUICK, redis_options=strict) as system,
        running_sentinels(system.redis_server, tmp_path) as group,
    ):
        system.environ["REDIS_URL"] = group.url
        await system.start(*PARTS)
        await system.avito.subscribe(system.webhook_url)
        await system.avito.write(await system.avito.chat(), "до обрыва")
        await until(lambda: equal(system, group), within=40, every=0.2)

        group.disconnect_replicas()
        told = await system.avito.burst(messages=20, chats=2, rate=20)
        waiting = await spooled(system)
        await system.kill("redis")

        await until(lambda: equal(system, group), within=60, every=0.5)

    assert told["answered_200"] == 20
    assert waiting == 20


async def test_every_part_speaks_tls_to_redis(tmp_path: Path) -> None:
    with tls_redis(tmp_path) as url:
        async with running_system(tmp_path, *PARTS, environ={"REDIS_URL": url}) as system:
            await system.avito.subscribe(system.webhook_url)
            async with Panel.at(system.url("gateway")) as panel:
                await panel.log_in()
                async with panel.socket() as socket:
                    await socket.read_type("hello")
                    message = await system.avito.write(await system.avito.chat(), "тайно")
                    heard = await socket.read_type("message")
            ready = (await system.http.get(f"{system.url('ingest')}/readyz")).json()

    assert heard["message"]["id"] == message
    assert ready["redis"] is True


async def test_a_failover_of_sentinels_by_tls_and_with_users_loses_no_message(tmp_path: Path) -> None:
    with tls_group(tmp_path) as group:
        async with running_system(tmp_path, environ=QUICK | group.settings) as system:
            await system.start("ingest", "worker")
            await system.avito.subscribe(system.webhook_url)
            load = asyncio.create_task(system.avito.burst(messages=60, chats=5, rate=30))
            await asyncio.to_thread(group.switch)
            told = await load
            expected = await truth(system.avito)
            async with connection.connect(read_url(Environment(group.settings))) as redis:

                async def is_shown() -> bool:
                    return await shown(redis, ACCOUNT) == expected

                await until(is_shown, within=60, every=0.2, forgiven=(RedisError,))
            status = await asyncio.to_thread(
                avito_live, tmp_path, "status", **system.settings | system.environ
            )

    assert told["answered_200"] == 60
    assert status.stdout.startswith("status"), status.stderr


async def test_a_redis_under_a_certificate_that_is_not_trusted_is_not_spoken_to(tmp_path: Path) -> None:
    with tls_redis(tmp_path) as url:
        untrusted = {"REDIS_URL": url.partition("?")[0]}
        async with running_system(tmp_path, "ingest", environ=untrusted) as system:
            await until(lambda: refused(system))
            ready = (await system.http.get(f"{system.url('ingest')}/readyz")).json()

    assert ready["redis"] is False


def refused(system: System) -> bool:
    """Ingest says why it does not reach Redis."""
    return "certificate verify failed" in system.part("ingest").tail(1000)
