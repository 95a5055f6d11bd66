"""Each fault of a real nginx in front of the real services has a row; the samples, and these, have none."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from avito_live.doctor import disk_checks, system_checks, webhook_checks, websocket_checks
from avito_live.doctor.rows import Row
from shared import __version__
from shared.wires import heartbeat
from testbed import System, running_system
from testbed.system import SECRET
from tests.deploy.proxies import PROXIES, Edit, Proxy, running_nginx, running_proxy

pytestmark = pytest.mark.anyio
SESSION_SECRET = "e2e-session-Yp3vQ8sLk1Wd6Zr0"


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[System]:
    environ = {"TRUSTED_PROXIES": "127.0.0.1"}
    async with running_system(
        tmp_path_factory.mktemp("doctor"), "ingest", "gateway", environ=environ
    ) as all_parts:
        yield all_parts


def places(system: System) -> tuple[str, str]:
    ingest, gateway = (system.url(name).removeprefix("http://") for name in ("ingest", "gateway"))
    return ingest, gateway


def url(proxy: Proxy) -> str:
    return f"{proxy.url}/admin/avito/webhook/{SECRET}"


def at(location: str, lines: str) -> Edit:
    """Add lines to a location of the sample."""
    return lambda sample: sample.replace(f"location {location} {{", f"location {location} {{\n{lines}", 1)


def instead(old: str, new: str) -> Edit:
    return lambda sample: re.sub(old, new, sample)


ILL: dict[str, Edit] = {
    "webhook_redirected": at("/admin/avito/webhook", "return 301 https://www.example.org$request_uri;"),
    "webhook_other": at("/admin/avito/webhook", "return 200 'Welcome to nginx!';"),
    "webhook_denied": at("/admin/avito/webhook", "return 403;"),
    "webhook_not_passed": at("/admin/avito/webhook", "return 404;"),
    "webhook_no_ingest": instead(
        r"server 127.0.0.1:\d+ max_fails=0;\n    keepalive 16", "server 127.0.0.1:1;\n    keepalive 16"
    ),
    "webhook_upgrade": at("/admin/avito/webhook", "if ($http_upgrade) { return 426; }"),
    "webhook_body": instead("client_max_body_size 512k", "client_max_body_size 100k"),
    "upload_refused": instead("client_max_body_size 26m", "client_max_body_size 1m"),
}


@pytest.mark.parametrize("finding", ILL)
async def test_a_fault_of_the_proxy_is_named(system: System, tmp_path: Path, finding: str) -> None:
    with running_nginx(tmp_path, *places(system), edit=ILL[finding]) as proxy:
        found = await webhook_checks.check(url(proxy))

    assert [row.name for row in found if row.state != "right"] == [finding]


@pytest.mark.parametrize("name", PROXIES)
async def test_our_own_samples_have_no_fault_and_hold_the_websocket(
    system: System, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket_checks, "HELD_S", 1.0)
    with running_proxy(name, tmp_path, *places(system)) as proxy:
        async with system.redis as redis:
            checked = (
                webhook_checks.check(url(proxy)),
                websocket_checks.check(url(proxy), redis, SESSION_SECRET),
            )
            webhook, websocket = await asyncio.gather(*checked)
            left = [key async for key in redis.scan_iter("avito:session:*")]

    assert [row.name for row in webhook] == ["webhook_right"]
    assert websocket.name == "websocket_right"
    assert left == []


WEBSOCKETS: dict[str, Edit] = {
    "websocket_not_upgraded": instead("proxy_set_header Upgrade .*\n", ""),
    "websocket_origin": instead(r"proxy_set_header X-Forwarded-(Proto|Host) .*\n", ""),
    "websocket_cut": instead("proxy_read_timeout 2m", "proxy_read_timeout 300ms"),
}


async def socket_row(system: System, proxy: Proxy, secret: str = SESSION_SECRET) -> Row:
    async with system.redis as redis:
        return await websocket_checks.check(url(proxy), redis, secret)


@pytest.mark.parametrize("finding", WEBSOCKETS)
async def test_a_fault_of_the_proxy_with_websockets_is_named(
    system: System, tmp_path: Path, finding: str
) -> None:
    with running_nginx(tmp_path, *places(system), edit=WEBSOCKETS[finding]) as proxy:
        assert (await socket_row(system, proxy)).name == finding


async def test_without_a_session_the_websocket_is_only_opened(system: System, tmp_path: Path) -> None:
    with running_nginx(tmp_path, *places(system)) as proxy:
        assert (await socket_row(system, proxy, secret="")).name == "websocket_opens"


async def test_the_services_tell_of_themselves_what_the_doctor_asks(system: System) -> None:
    async with system.redis as redis:
        living = await heartbeat.live_processes_by_kind(redis)

    assert [row.name for row in system_checks.judge_services(living)] == ["part_missing"]
    for processes in living.values():
        for facts in processes.values():
            assert facts["version"] == __version__
            assert 0 < facts["files"] < facts["most_files"]
    [spool] = disk_checks.of_spools(living["ingest"])
    assert 0 < spool.free <= spool.size
