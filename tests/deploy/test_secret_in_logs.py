"""No spelling of the webhook's address leaves its secret in a log, neither of a proxy nor of ours."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from testbed import SECRET, System, running_system
from tests.deploy.proxies import PROXIES, find, make_certificate, running_proxy
from tests.support.webhook_spellings import leaks, requests, targets

pytestmark = pytest.mark.anyio
AT_ONCE = 60
NOWHERE = "127.0.0.1:1"


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[System]:
    folder, environ = tmp_path_factory.mktemp("logs"), {"LOG_LEVEL": "DEBUG", "TRUSTED_PROXIES": "127.0.0.1"}
    async with running_system(folder, "ingest", "gateway", simulator=False, environ=environ) as running:
        yield running


def places(system: System) -> tuple[str, str]:
    return system.url("ingest").removeprefix("http://"), system.url("gateway").removeprefix("http://")


async def send_all(port: int, packets: Iterable[bytes]) -> None:
    """Send each over a connection of its own, and wait for the first bytes that come back."""
    waiting = iter(packets)

    async def send() -> None:
        for packet in waiting:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(packet)
            async with asyncio.timeout(20):
                await reader.read(100)
            writer.transport.abort()

    await asyncio.gather(*(send() for _ in range(AT_ONCE)))


def impatient(sample: str) -> str:
    """Let Caddy try again only shortly."""
    return re.sub("lb_try_duration .*", "lb_try_duration 50ms", sample)


def failing(sample: str) -> str:
    """Let nginx fail at more than a refused connection, which it logs as critical."""
    return impatient(sample).replace("server_name ", "proxy_bind 192.0.2.1; server_name ")


@pytest.mark.parametrize("name", PROXIES)
async def test_a_spelling_of_the_address_leaves_no_secret_in_a_log(
    system: System, tmp_path: Path, name: str
) -> None:
    with running_proxy(name, tmp_path, *places(system), edit=impatient) as proxy:
        await send_all(proxy.port, requests(SECRET, f"127.0.0.1:{proxy.port}"))

    assert proxy.logged().count("/admin/avito/webhook/***") > 10
    assert leaks(proxy.logged(), SECRET) == []
    assert leaks(system.logs(), SECRET) == []


@pytest.mark.parametrize("part", ["ingest", "gateway"])
async def test_nor_does_one_that_comes_straight_to_a_service(system: System, part: str) -> None:
    port = system.part(part).port
    await send_all(port, requests(SECRET, f"127.0.0.1:{port}"))

    assert leaks(system.logs(), SECRET) == []


@pytest.mark.parametrize("name", PROXIES)
async def test_nor_does_one_over_http_2(system: System, tmp_path: Path, name: str) -> None:
    with running_proxy(name, tmp_path, *places(system), tls=make_certificate(tmp_path)) as proxy:
        sendable = re.compile(r"/[\w%./;?=-]+", re.ASCII)
        addresses = [proxy.url + target for target in targets(SECRET) if sendable.fullmatch(target)][::3]
        asked = "".join(f'url = "{address}"\noutput = /dev/null\n' for address in addresses)
        curl = [find("curl"), "-gsk", "--http2", "--path-as-is", "-d", "{}", "-w%{http_version}\n", "-K-"]
        done = await asyncio.to_thread(
            subprocess.run, curl, input=asked, capture_output=True, text=True, check=False
        )

    assert done.stdout.split().count("2") > len(addresses) * 0.8
    assert proxy.logged().count("/admin/avito/webhook/***") > 5
    assert leaks(proxy.logged(), SECRET) == []


@pytest.mark.parametrize("name", PROXIES)
async def test_nor_does_one_that_the_proxy_cannot_pass_on(tmp_path: Path, name: str) -> None:
    with running_proxy(name, tmp_path, NOWHERE, NOWHERE, edit=failing) as proxy:
        await send_all(proxy.port, requests(SECRET, f"127.0.0.1:{proxy.port}"))

    assert re.search(r"/admin/avito/webhook/\*\*\*.*\b50[023]\b", proxy.logged())
    assert leaks(proxy.logged(), SECRET) == []
