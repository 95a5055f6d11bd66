"""What a stranger sends to be parsed neither stops ingest nor stays in its memory."""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import httpx2
import pytest

from testbed import RedisServer
from tests.ingest.process import PATH, SECRET, Ingest, running_ingest
from tests.support import bare_http
from tests.support.door_watch import watching

pytestmark = [pytest.mark.anyio, pytest.mark.attack]
_UNENDED = 400
_CLOSED = 300
"""Connections after whose end ingest gives back the holes in its heap; it looks at them once a second."""
_CUT_AFTER_S = 5.0
_TIMES = 4 * bare_http.CONNECTIONS


@pytest.fixture(scope="module")
def proxied(server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    trusted = "127.0.0.1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
    with running_ingest(server.url, tmp_path_factory.mktemp("proxied"), TRUSTED_PROXIES=trusted) as ingest:
        yield ingest


@pytest.mark.parametrize(
    ("path", "header", "status"),
    [
        (f"{PATH}/{SECRET}x", ("X-Forwarded-For", ",".join(["fc00::1"] * 7_500)), 200),
        (f"{PATH}/{SECRET}x", ("Content-Encoding", "," * 60_000), 200),
        (f"{PATH}/{SECRET}x", ("Cookie", 'x="' + '\\"' * 29_900 + '"'), 200),
        (PATH + "/a" * 30_000, ("X", "y"), 200),
        ("/%2f%5c" * 8_500, ("X", "y"), 404),
    ],
    ids=["a chain of proxies", "a list of encodings", "a quoted cookie", "a long path", "an escaped path"],
)
async def test_a_strangers_request_costs_no_more_than_its_length(
    proxied: Ingest, path: str, header: tuple[str, str], status: int
) -> None:
    request = bare_http.request("POST", f"{proxied.part.url}{path}", dict([header]), b"{}")
    async with watching(proxied.part) as figures:
        answers = await bare_http.send(proxied.part.url, [request] * _TIMES)

    assert Counter(answer.status_code for answer in answers) == {status: _TIMES}
    assert figures.faults() == []


async def looks(until: float) -> AsyncIterator[None]:
    """Yield again and again up to then (monotonic): what ingest gives back it gives back when it has time."""
    while time.monotonic() < until:
        yield
        await asyncio.sleep(0.05)


async def test_bodies_that_a_stranger_does_not_end_take_bounded_memory(proxied: Ingest) -> None:
    request = bare_http.request("POST", f"{proxied.part.url}{PATH}/{SECRET}x", body=b"x" * 250_000)
    to = httpx2.URL(proxied.part.url)

    async def begin() -> asyncio.StreamWriter:
        _, writer = await asyncio.open_connection(to.host, to.port)
        writer.write(request[:-1])
        with suppress(ConnectionError):
            await writer.drain()
        return writer

    before = proxied.part.resident_bytes()
    async with watching(proxied.part) as figures:
        idle = [socket.create_connection((to.host, to.port or 0)) for _ in range(_CLOSED)]
        began = time.monotonic()
        begun = await asyncio.gather(*(begin() for _ in range(_UNENDED)))
        await asyncio.sleep(1.1)  # so that ingest has seen all, and has read as much as it ever does
        for one in idle:
            one.close()
        held = min([proxied.part.resident_bytes() - before async for _ in looks(began + _CUT_AFTER_S - 0.5)])
        for writer in begun:
            writer.transport.abort()

    assert held < _UNENDED * 250_000 / 4
    assert figures.faults() == []
