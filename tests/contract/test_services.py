"""Environment: each service starts from its own variables alone, in any folder, and ends when told to."""

import asyncio
import os
import time
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis

from testbed import RedisServer, SystemPart, until

pytestmark = pytest.mark.anyio

NEEDS = {
    "ingest": {"WEBHOOK_SECRET": "s-7Hq2mWv9xTzK4bRn"},
    "worker": {"AVITO_CLIENT_ID": "id", "AVITO_CLIENT_SECRET": "secret", "AVITO_USER_ID": "301200100"},
    "gateway": {
        "SESSION_SECRET": "e-Yp3vQ8sLk1Wd6Zr0",
        "ADMIN_USERNAME": "olga",
        "ADMIN_PASSWORD": "kettle-Amber-7431",
    },
}
REQUIRED = {
    "ingest": ["WEBHOOK_SECRET"],
    "worker": ["AVITO_CLIENT_ID", "AVITO_CLIENT_SECRET", "AVITO_USER_ID"],
    "gateway": ["SESSION_SECRET"],
}
SERVICES = pytest.mark.parametrize("service", list(NEEDS))


def started(service: str, folder: Path, **environ: str) -> SystemPart:
    part = SystemPart(service, folder / "log")
    part.launch({"PATH": os.environ["PATH"], **environ})
    return part


@SERVICES
async def test_a_service_needs_only_its_own_variables_and_ends_within_ten_seconds(
    service: str, tmp_path: Path, real_redis: Redis, redis_server: RedisServer
) -> None:
    nowhere = {"AVITO_API_URL": "http://127.0.0.1:9"}
    part = started(service, tmp_path, REDIS_URL=redis_server.url, **nowhere, **NEEDS[service])
    try:
        await part.ready()
        began = time.monotonic()
        code = await asyncio.to_thread(part.end)
        took_s = time.monotonic() - began
    finally:
        part.close()

    assert (code, "Traceback" in part.log.read_text()) == (0, False)
    assert took_s < 10


async def test_ports_that_kubernetes_made_up_for_other_services_are_ignored(tmp_path: Path) -> None:
    others = dict.fromkeys(("INGEST_PORT", "WORKER_METRICS_PORT", "REDIS_PORT"), "tcp://10.0.0.1:8001")
    part = started("gateway", tmp_path, REDIS_URL="redis://127.0.0.1:9/0", **others, **NEEDS["gateway"])
    try:
        await until(lambda: answers(f"http://127.0.0.1:{part.port}/livez"))
    finally:
        part.close()


@SERVICES
async def test_a_service_on_the_unspecified_ipv6_address_answers_ipv4_too(
    service: str, tmp_path: Path
) -> None:
    hosts = dict.fromkeys(("INGEST_HOST", "GATEWAY_HOST", "WORKER_METRICS_HOST"), "::")
    part = started(service, tmp_path, REDIS_URL="redis://127.0.0.1:9/0", **hosts, **NEEDS[service])
    try:
        await until(lambda: answers(f"http://127.0.0.1:{part.port}/livez"))
        assert await answers(f"http://[::1]:{part.port}/livez")
    finally:
        part.close()


async def answers(url: str) -> bool:
    async with httpx2.AsyncClient(trust_env=False, timeout=20) as http:
        try:
            return (await http.get(url)).status_code == 200
        except httpx2.TransportError:
            return False


@SERVICES
@pytest.mark.parametrize("value", ["", "changeme"], ids=["missing", "placeholder"])
def test_all_that_is_missing_is_named_at_once(service: str, value: str, tmp_path: Path) -> None:
    part = started(service, tmp_path, **dict.fromkeys(REQUIRED[service], value))

    assert part.wait() == 2
    named = [line.removeprefix("settings: ").split()[0] for line in part.log.read_text().splitlines()]
    assert list(dict.fromkeys(named)) == REQUIRED[service]
