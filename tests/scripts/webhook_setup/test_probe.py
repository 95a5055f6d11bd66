"""A probe goes the way of Avito and of a worker: straight, whatever proxy the shell names."""

from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

import pytest

from avito_live.doctor.avito_checks import check_clock
from avito_live.webhook_setup.probe import post
from tests.worker.avito.breaking import Break, breaking

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["http://127.0.0.1:1", "socks5://127.0.0.1:1"])
def _proxy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, request.param)


@pytest.mark.usefixtures("_proxy")
async def test_the_webhook_is_posted_to_without_a_proxy() -> None:
    ours = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"ok":true}'
    async with breaking(Break(answer=ours)) as server:
        answer = await post(f"{server.url}/webhook", b"{}")

    assert answer.is_ours


@pytest.mark.usefixtures("_proxy")
async def test_the_clock_is_compared_without_a_proxy() -> None:
    dated = f"HTTP/1.1 200 OK\r\nDate: {formatdate(usegmt=True)}\r\n\r\n".encode()
    async with breaking(Break(answer=dated)) as server:
        context: Any = SimpleNamespace(settings=SimpleNamespace(api_url=server.url))
        found = await check_clock(context)

    assert found.state == "right"
