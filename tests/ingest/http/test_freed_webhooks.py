"""What ingest makes for a webhook is freed with it, without the garbage collector."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ingest import app as ingest_app
from ingest.http.fast_http import FastHttpProtocol
from ingest.settings import read
from testbed import RedisServer, until
from tests.ingest.process import PATH, PROVEN, SECRET
from tests.support.freed import Served, collector_off, left_to_the_collector, serving

pytestmark = pytest.mark.anyio
ROUNDS = 10
WEBHOOK = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
ELSEWHERE = WEBHOOK % b"/elsewhere"
PROVEN_WEBHOOK = WEBHOOK % PROVEN.encode()
OK = b'{"ok":true}'
KINDS = {
    "fast": (PROVEN_WEBHOOK, OK),
    "fast, not waited for": (PROVEN_WEBHOOK, b""),
    "one behind another": (PROVEN_WEBHOOK + ELSEWHERE, b"HTTP/1.1 404"),
    "by ASGI": (PROVEN_WEBHOOK.replace(b"Host: x", b"Expect: 100-continue"), OK),
    "in chunks": (PROVEN_WEBHOOK[:-21] + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", OK),
    "cut": (PROVEN_WEBHOOK[:-1], b""),
    "unverified": (WEBHOOK % f"{PATH}/another".encode(), OK),
    "elsewhere": (ELSEWHERE, b"HTTP/1.1 404"),
}


@pytest.fixture(scope="module")
def anyio_backend() -> Any:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
async def served(
    server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anyio_backend: str
) -> AsyncIterator[Served]:
    """An ingest within the test."""
    monkeypatch.setattr(ingest_app, "tune_gc", lambda: None)
    values = {"WEBHOOK_SECRET": SECRET, "REDIS_URL": server.url, "SPOOL_DIR": str(tmp_path)}
    async with serving(FastHttpProtocol, ingest_app.create_app(read(values))) as served:
        yield served


@pytest.mark.parametrize(("sent", "answer"), KINDS.values(), ids=KINDS)
async def test_what_was_made_for_a_webhook_leaves_nothing_to_the_collector(
    served: Served, sent: bytes, answer: bytes
) -> None:
    await served.end(await served.send(sent, answer))
    served.protocols.clear()
    with collector_off():
        for _ in range(ROUNDS):
            await served.end(await served.send(sent, answer))
        await until(lambda: not served.living())
        found = left_to_the_collector()

    assert {name for name, count in found.items() if count >= ROUNDS} == set()
