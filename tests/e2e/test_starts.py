"""A start counts against no one: what is answered while services start is right, or it is 503."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from shared.redis import keys
from testbed import PanelClient, System, meanwhile, running_system, until
from tests.push_gateway.panel import Panel
from tests.push_gateway.test_faults import metric

pytestmark = pytest.mark.anyio

GATEWAYS = ("gateway", "gateway-2")


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[System]:
    """A Redis whose data survives; each test starts what it is about."""
    environ = {"TRUSTED_PROXIES": "127.0.0.1"}
    options = ("--appendonly", "yes")
    folder = tmp_path_factory.mktemp("starts")
    async with running_system(folder, environ=environ, redis_options=options, simulator=False) as system:
        yield system


async def visit(system: System, gateway: str, answers: list[int]) -> None:
    """Log in with the right password again and again, each time from another address; note each answer."""
    async with PanelClient.at(system.url(gateway)) as panel:
        for number in range(10_000):
            try:
                answer = await panel.log_in(**{"X-Forwarded-For": f"10.{number >> 8}.{number & 255}.1"})
                answers.append(answer.status_code)
            except httpx2.TransportError:  # the door is closed
                await asyncio.sleep(0.01)


async def ready(system: System, part: str) -> int:
    return (await system.http.get(f"{system.url(part)}/readyz")).status_code


async def test_a_right_login_is_never_a_wrong_one_whoever_starts_first(system: System) -> None:
    await system.stop("redis")
    one: list[int] = []
    two: list[int] = []
    async with meanwhile(visit(system, "gateway", one)), meanwhile(visit(system, "gateway-2", two)):
        for gateway in GATEWAYS:
            system.launch(gateway)
        await until(lambda: 503 in one and 503 in two)
        system.redis_server.start()
        await until(lambda: 303 in one and 303 in two)

    assert {*one} == {*two} == {503, 303}
    for gateway in GATEWAYS:
        async with Panel.at(system.url(gateway)) as panel:
            assert await metric(panel, 'logins_total{outcome="wrong"}') == 0
            assert await metric(panel, "relinks_total") == 0, "none was linked before"
    async with system.redis as redis:
        failed = [await redis.hget(key, "failed") for key in await redis.keys(keys.login_attempts("*"))]
    assert [*filter(None, failed)] == []
    await system.stop(*GATEWAYS)


async def test_beside_a_redis_the_door_opens_when_an_operator_can_log_in(system: System) -> None:
    async with system.redis as redis:
        await redis.flushall()
    answers: list[int] = []
    async with meanwhile(visit(system, "gateway", answers)):
        system.launch("gateway")
        await until(lambda: answers)

    assert {*answers} == {303}
    assert await ready(system, "gateway") == 200
    await system.stop("gateway")


async def test_a_worker_is_ready_when_it_reads_and_a_gateway_when_the_data_is_migrated(
    system: System,
) -> None:
    async with system.redis as redis:
        await redis.hset(keys.STATE, "layout", 1)
    system.launch("gateway")
    await until(lambda: ready(system, "gateway"), forgiven=(httpx2.TransportError,))
    async with PanelClient.at(system.url("gateway")) as panel:
        assert (await panel.log_in()).status_code == 303
        async with panel.connect() as ws:
            await ws.wait_closed()
        assert (ws.close_code, await ready(system, "gateway")) == (1013, 503)

        await system.stop("redis")
        system.launch("worker")
        await until(lambda: ready(system, "worker"), forgiven=(httpx2.TransportError,))
        assert await ready(system, "worker") == 503
        system.redis_server.start()
        for part in ("worker", "gateway"):
            await system.part(part).ready()
        async with panel.connect() as ws:
            assert '"hello"' in str(await ws.recv(decode=True))
    await system.stop("gateway", "worker")


@pytest.mark.parametrize("part", ["ingest", "worker", "gateway"])
async def test_systemd_is_told_when_a_service_is_ready_and_when_it_ends(
    system: System, tmp_path: Path, part: str
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(20)
        system.launch(part, NOTIFY_SOCKET=str(tmp_path / "notify"))

        told = await asyncio.to_thread(systemd.recv, 1000)
        status = await ready(system, part)
        await system.stop(part)

        assert (told, status, systemd.recv(1000)) == (b"READY=1\nSTATUS=ready", 200, b"STOPPING=1")
