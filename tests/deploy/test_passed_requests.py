"""What the shipped proxies pass on of a request, and what they answer when it never becomes whole."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ingest.http.server import REQUEST_S
from push_gateway.http.server import BODY_S
from shared.http.bounded_http import KEEP_ALIVE_S
from tests.deploy.proxies import DEPLOY, PROXIES, Proxy, running_proxy
from tests.deploy.recording_upstream import Upstream, recording_upstream

pytestmark = pytest.mark.anyio

WEBHOOK = "/admin/avito/webhook/secret"
UPLOAD = "/admin/avito/api/chats/1/images"
SOCKET = "/admin/avito/ws"
PATHS = (
    WEBHOOK,
    "/admin/avito/webhook",
    "/admin/avito/api/chats/1/answered",
    "/admin/avito/login",
    f"{SOCKET}/",
)
OFFERS = ("h2c", "TLS/1.2", "websocket", "h2c, websocket")
LONGEST_KEPT_BY_PROXIES_S = 120
"""What stands before our proxy (a CDN, a tunnel) sends on a connection that was idle for up to this long."""


@pytest.fixture
async def upstream(anyio_backend: str) -> AsyncIterator[Upstream]:
    async with recording_upstream() as running:
        yield running


async def exchange(proxy: Proxy, path: str, *lines: str, body: bytes = b"", wait_s: float = 10) -> bytes:
    """Send a request as it is written; return all that comes back until the proxy closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    host = f"Host: 127.0.0.1:{proxy.port}"
    writer.write("\r\n".join([f"POST {path} HTTP/1.1", host, *lines, "", ""]).encode() + body)
    try:
        async with asyncio.timeout(wait_s):
            return await reader.read()
    finally:
        writer.transport.abort()


@pytest.mark.parametrize("name", PROXIES)
async def test_only_the_websocket_sees_an_offer_of_another_protocol(
    upstream: Upstream, tmp_path: Path, name: str
) -> None:
    with running_proxy(name, tmp_path, upstream.place, upstream.place) as proxy:
        for path in PATHS:
            for offer in OFFERS:
                offered = f"Upgrade: {offer}", "Connection: close, Upgrade", "Content-Length: 2"
                assert b" 200 OK" in await exchange(proxy, path, *offered, body=b"{}")
        passed = list(upstream.heads)
        websocket = "Upgrade: websocket", "Connection: Upgrade, close"
        await exchange(proxy, SOCKET, *websocket)

    assert len(passed) == len(upstream.bodies) - 1 == len(PATHS) * len(OFFERS)
    assert set(upstream.bodies[:-1]) == {b"{}"}
    assert [head for head in passed if "upgrade" in head] == []
    assert re.search("\r\nupgrade: websocket\r\n", upstream.heads[-1])
    assert re.search("\r\nconnection: upgrade\r\n", upstream.heads[-1])


@pytest.mark.parametrize("name", PROXIES)
async def test_an_expectation_is_met_once_and_by_the_proxy(
    upstream: Upstream, tmp_path: Path, name: str
) -> None:
    expecting = "Expect: 100-continue", "Connection: close", "Content-Length: 2"
    with running_proxy(name, tmp_path, upstream.place, upstream.place) as proxy:
        answers = [await exchange(proxy, path, *expecting, body=b"{}") for path in (WEBHOOK, UPLOAD)]

    counts = [(answer.count(b" 100 Continue"), answer.count(b" 200 OK")) for answer in answers]
    assert counts == [(1, 1)] * 2
    assert len(upstream.bodies) == 2
    assert [head for head in upstream.heads if "expect" in head] == []


def hasten(sample: str) -> str:
    """Let a body take a second, which is longer than the upstream waits."""
    caddy = sample.replace("read_body 300s", "read_body 1s")
    return caddy.replace("server_name ", "client_body_timeout 1s; server_name ")


@pytest.mark.parametrize("name", PROXIES)
async def test_a_body_that_comes_too_slowly_is_no_success(
    upstream: Upstream, tmp_path: Path, name: str
) -> None:
    sized, chunked = "Content-Length: 9", "Transfer-Encoding: chunked"
    with running_proxy(name, tmp_path, upstream.place, upstream.place, edit=hasten) as proxy:
        answers = await asyncio.gather(
            exchange(proxy, WEBHOOK, sized, body=b'{"a":'),
            exchange(proxy, WEBHOOK, "Content-Length: 99999", body=b'{"a":'),
            exchange(proxy, WEBHOOK, chunked, body=b'5\r\n{"a":\r\n'),
            exchange(proxy, UPLOAD, sized, body=b'{"a":'),
            exchange(proxy, UPLOAD, chunked, body=b'5\r\n{"a":\r\n'),
        )

    # nginx closes without an answer.
    assert {answer[:12] for answer in answers} <= {b"HTTP/1.1 408", b""}
    assert upstream.bodies == []


@pytest.mark.parametrize("name", PROXIES)
async def test_a_body_that_breaks_off_is_no_webhook(upstream: Upstream, tmp_path: Path, name: str) -> None:
    with running_proxy(name, tmp_path, upstream.place, upstream.place) as proxy:
        chunked = "Transfer-Encoding: chunked", "Connection: close"
        answer = await exchange(proxy, WEBHOOK, *chunked, body=b'5\r\n{"a":\r\nbroken\r\n')

    assert answer[:10] in {b"HTTP/1.1 4", b"HTTP/1.1 5"}
    assert upstream.bodies == []


@pytest.mark.parametrize("name", PROXIES)
async def test_a_webhook_whose_connection_broke_is_sent_again_whole_or_refused(
    upstream: Upstream, tmp_path: Path, name: str
) -> None:
    upstream.breaks = 1
    with running_proxy(name, tmp_path, upstream.place, upstream.place) as proxy:
        sized = await exchange(proxy, WEBHOOK, "Content-Length: 7", "Connection: close", body=b'{"a":1}')
        assert set(upstream.bodies) == {b'{"a":1}'}
        upstream.breaks += len(upstream.bodies)
        in_chunks = "Transfer-Encoding: chunked", "Connection: close"
        chunked = await exchange(proxy, WEBHOOK, *in_chunks, body=b'7\r\n{"a":1}\r\n0\r\n\r\n')

    assert set(upstream.bodies) == {b'{"a":1}'}
    assert sized[9:12] == (b"200" if name == "caddy_of_compose" else b"502")
    assert chunked[9:12] == b"502"


def seconds(sample: str, name: str) -> list[int]:
    """Return the times that a sample sets by this name, in their order."""
    text = (DEPLOY / sample).read_text(encoding="utf-8")
    return [int(found) for found in re.findall(rf"\b{name} ([0-9]+)s", text)]


def test_caddy_waits_longer_for_a_body_than_any_service_does() -> None:
    (longest,) = seconds("caddy/Caddyfile", "read_body")
    assert longest > max(REQUEST_S, BODY_S)


def test_an_idle_connection_is_dropped_by_the_side_that_would_send_on_it() -> None:
    to_service = [
        seconds("caddy/Caddyfile", "keepalive"),
        seconds("nginx/avito-live.conf", "keepalive_timeout"),
    ]
    from_client = [seconds("caddy/Caddyfile", "idle"), to_service[1][1:]]

    assert [kept[0] < KEEP_ALIVE_S for kept in to_service] == [True, True]
    assert [kept[0] > LONGEST_KEPT_BY_PROXIES_S for kept in from_client] == [True, True]
