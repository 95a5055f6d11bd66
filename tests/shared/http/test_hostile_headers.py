"""No header that anything reads costs much more than one that nothing reads, however it is filled."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from math import inf

import pytest

from testbed import System, SystemPart, running_system
from tests.shared.http.strangers import send_at_once
from tests.support.door_watch import computed_s, watching
from tests.support.yardstick import cost_of

pytestmark = [pytest.mark.anyio, pytest.mark.attack]
AT_ONCE = 4
TRIES = 3
MOST_TIMES = 3.0
MOST_MORE_S = 0.005
UNREAD = "X-Nothing"
READ = (
    *("Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Connection", "Content-Encoding"),
    *("Content-Length", "Content-Type", "Cookie", "Expect", "Forwarded", "Host", "If-Match"),
    *("If-Modified-Since", "If-None-Match", "If-Range", "Keep-Alive", "Last-Event-ID", "Origin"),
    *("Proxy-Connection", "Range", "Referer", "Sec-Fetch-Site", "Sec-WebSocket-Extensions"),
    *("Sec-WebSocket-Key", "Sec-WebSocket-Protocol", "Sec-WebSocket-Version", "Trailer", "Transfer-Encoding"),
    *("Upgrade", "User-Agent", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Operator"),
)
"""What we, uvicorn, Starlette, websockets, prometheus_client or llhttp read, and some that others read."""
OFFERS = ("Connection", "Upgrade", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions")
UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: %s\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13"
)
TARGETS = {
    "gateway": {
        "handshake": ("GET /admin/avito/ws HTTP/1.1", UPGRADE % "websocket", ""),
        "offer": ("GET /admin/avito/login HTTP/1.1", UPGRADE % "h2c", ""),
        "login": ("POST /admin/avito/login HTTP/1.1", "Content-Length: 3", "a=b"),
        "API": ("GET /admin/avito/api/chats HTTP/1.1", "A: b", ""),
        "file": ("GET /admin/avito/static/main.js HTTP/1.1", "A: b", ""),
        "metrics": ("GET /metrics HTTP/1.1", "A: b", ""),
    },
    "ingest": {
        "webhook": ("POST /admin/avito/webhook/unknown HTTP/1.1", "Content-Length: 2", "{}"),
        "offer": ("POST /admin/avito/webhook/x HTTP/1.1", UPGRADE % "h2c" + "\r\nContent-Length: 2", "{}"),
        "metrics": ("GET /metrics HTTP/1.1", "A: b", ""),
    },
}
LINES = 480
SIZE = 62_000
Spread = Callable[[str], list[list[str]]]


def one_line(name: str) -> list[list[str]]:
    """Return ways to fill a header."""
    units = ("a,", ";=", '"\\', "websocket ,", "text/plain;q=0.1,")
    return [[f"{name}: {unit * (SIZE // len(unit))}"] for unit in units]


def many_lines(name: str) -> list[list[str]]:
    """Return one way to fill many of them."""
    return [[f"{name}: {'a,' * ((SIZE // LINES - len(name)) // 2)}"] * LINES]


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[System]:
    trusted = {"TRUSTED_PROXIES": "127.0.0.1,10.0.0.0/8"}
    folder = tmp_path_factory.mktemp("headers")
    async with running_system(folder, *TARGETS, simulator=False, environ=trusted) as started:
        yield started


def request(target: tuple[str, str, str], headers: list[str]) -> bytes:
    line, needed, body = target
    own_host = [] if headers[0].startswith("Host:") else ["Host: x"]
    return "\r\n".join([line, *own_host, needed, *headers, "", body]).encode()


async def cpu_s(part: SystemPart, sent: bytes, most: float = 0.0) -> float:
    """Return what a request takes on a calm machine; if it is more than `most`, the least of a few tries."""
    took = inf
    for _ in range(TRIES):
        with cost_of(partial(computed_s, part.running.pid)) as cost:
            await asyncio.to_thread(send_at_once, part, [sent] * AT_ONCE)
        took = min(took, cost.calm_s / AT_ONCE)
        if took <= most:
            break
    return took


@pytest.mark.parametrize("spread", [one_line, many_lines])
@pytest.mark.parametrize("service", TARGETS)
async def test_no_header_takes_long_to_read(system: System, service: str, spread: Spread) -> None:
    part, dear = system.part(service), {}
    async with watching(part) as figures:
        for name, target in TARGETS[service].items():
            usual = max([await cpu_s(part, request(target, lines)) for lines in spread(UNREAD)])
            most = MOST_TIMES * usual + MOST_MORE_S
            for header in READ:
                took = max([await cpu_s(part, request(target, lines), most) for lines in spread(header)])
                if took > most:
                    dear[name, header] = f"{1000 * took:.1f} ms, not {1000 * usual:.1f}"

    assert dear == {}
    assert figures.faults() == []


@pytest.mark.parametrize(
    ("service", "target"), [("ingest", "offer"), ("gateway", "offer"), ("gateway", "handshake")]
)
async def test_a_hundred_long_offers_stop_no_service(system: System, service: str, target: str) -> None:
    part, asked = system.part(service), TARGETS[service][target]
    async with watching(part) as figures:
        for name in OFFERS:
            for lines in (*one_line(name), *many_lines(name)):
                await asyncio.to_thread(send_at_once, part, [request(asked, lines)] * 100)

    assert figures.faults() == []
