"""A webhook passes the shipped proxies in every form, and leaves its secret in no log of theirs."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared.redis import keys
from testbed import SECRET, System, running_system
from tests.deploy.proxies import Proxy, make_certificate, running_proxy
from tests.support import bare_http
from tests.support.webhook_forms import forms, until_shown, webhook

pytestmark = pytest.mark.anyio
TRUSTING = ssl._create_unverified_context()
WEBHOOK = f"/admin/avito/webhook/{SECRET}"
ADDRESSES = [
    f"{WEBHOOK}/",
    f"//admin//avito/webhook//{SECRET}",
    f"/admin/avito/%77ebhook/%{ord(SECRET[0]):02x}{SECRET[1:]}",
    f"/admin/avito/webhook/./{SECRET}?a=b",
    f"{{proxy}}{WEBHOOK}",
]


@pytest.fixture
async def system(tmp_path: Path, anyio_backend: str) -> AsyncIterator[System]:
    async with running_system(tmp_path, "ingest", "worker", simulator=False) as running:
        yield running


@pytest.fixture(params=["nginx", "caddy"])
def proxy(system: System, request: pytest.FixtureRequest) -> Iterator[Proxy]:
    ingest = system.url("ingest").removeprefix("http://")
    certificate = make_certificate(system.folder)
    with running_proxy(request.param, system.folder / "proxy", ingest, ingest, tls=certificate) as running:
        yield running


async def status_of(proxy: Proxy, *pieces: bytes) -> bytes:
    """Send the pieces as packets of their own; return the status line's first words."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port, ssl=TRUSTING)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    answered = await reader.readexactly(12)
    writer.close()
    await writer.wait_closed()
    return answered


async def test_every_form_passes_the_proxy(system: System, proxy: Proxy) -> None:
    told = forms()
    for body, headers in told.values():
        request = bare_http.request("POST", f"{proxy.url}{WEBHOOK}", headers, body)
        head = request.removesuffix(body)
        assert await status_of(proxy, head, body) == b"HTTP/1.1 200"

    await until_shown(system, set(told))
    async with system.redis as redis:
        assert await redis.xlen(keys.DEAD) == 0


async def test_an_address_that_holds_the_secret_proves_through_the_proxy(
    system: System, proxy: Proxy
) -> None:
    host = proxy.url.removeprefix("https://")
    for number, address in enumerate(ADDRESSES):
        body = webhook(f"m-{number}")
        lines = [f"POST {address.format(proxy=proxy.url)} HTTP/1.1", f"Host: {host}"]
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode()
        assert await status_of(proxy, head + body) == b"HTTP/1.1 200", address

    await until_shown(system, {f"m-{number}" for number in range(len(ADDRESSES))})
    assert SECRET[1:] not in proxy.logged()
