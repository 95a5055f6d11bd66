"""What one address may take of the shipped proxies."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from socket import create_connection, socket

import pytest

from testbed import System
from tests.deploy.conftest import places
from tests.deploy.proxies import CADDIES, Proxy, running_nginx, running_proxy

pytestmark = pytest.mark.anyio
STRANGER = "127.0.0.2"
WEBHOOK = "/admin/avito/webhook/any"


def begin_posts(proxy: Proxy, held: ExitStack, path: str, *, posts: int, size: int) -> list[socket]:
    """Send bodies from another address, all but the last byte of each."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{proxy.port}\r\nContent-Length: {size}\r\n\r\n"
    begun = []
    for _ in range(posts):
        place = "127.0.0.1", proxy.port
        begun.append(held.enter_context(create_connection(place, timeout=10, source_address=(STRANGER, 0))))
        begun[-1].sendall(head.encode() + b"x" * (size - 1))
    return begun


async def test_slow_bodies_of_one_address_leave_nginx_to_others(several: System, tmp_path: Path) -> None:
    ingest, gateway = places(several, "ingest")[0], places(several, "gateway")[0]
    with running_nginx(tmp_path, ingest, gateway) as proxy, ExitStack() as held:
        begun = await asyncio.to_thread(begin_posts, proxy, held, "/admin/avito/login", posts=300, size=9)
        refused = await asyncio.to_thread(begun[-1].recv, 99)
        page = await several.http.get(f"{proxy.url}/admin/avito/login")
        webhook = await several.http.post(f"{proxy.url}{WEBHOOK}", content=b"{}")

    assert refused.startswith(b"HTTP/1.1 429 ")
    assert (page.status_code, webhook.status_code) == (200, 200)


def resident_mib(process: int) -> float:
    """Return the resident memory of a process."""
    status = Path(f"/proc/{process}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@pytest.mark.parametrize("name", CADDIES)
async def test_large_bodies_of_webhooks_do_not_fill_caddys_memory(
    several: System, tmp_path: Path, name: str
) -> None:
    ingest, gateway = places(several, "ingest")[0], places(several, "gateway")[0]
    with running_proxy(name, tmp_path, ingest, gateway) as proxy, ExitStack() as held:
        before = resident_mib(proxy.process.pid)
        await asyncio.to_thread(begin_posts, proxy, held, WEBHOOK, posts=400, size=500_000)
        webhook = await several.http.post(f"{proxy.url}{WEBHOOK}", content=b"{}")
        grown = resident_mib(proxy.process.pid) - before

    assert grown < 100  # of 190 that were sent
    assert webhook.status_code == 200
