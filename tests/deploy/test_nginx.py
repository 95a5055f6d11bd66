"""The shipped nginx sample in a real nginx."""

import pytest

from testbed import SECRET, System
from tests.deploy.conftest import places
from tests.deploy.proxies import running_nginx
from tests.push_gateway.panel import Panel

pytestmark = pytest.mark.anyio


async def test_the_sample_passes_webhooks_pages_and_websockets_and_nothing_else(several: System) -> None:
    ingest, gateway = places(several, "ingest")[0], places(several, "gateway")[0]
    with running_nginx(several.folder / "nginx", ingest, gateway) as proxy:
        await several.avito.subscribe(f"{proxy.url}/admin/avito/webhook/{SECRET}")
        async with Panel.at(proxy.url) as panel:
            assert (await panel.log_in()).status_code == 303
            async with panel.socket() as socket:
                assert (await socket.read())["type"] == "hello"
                chat = await several.avito.chat()
                message = await several.avito.write(chat, "через nginx")
                heard = await socket.read_type("message")
        closed = [await several.http.get(f"{proxy.url}{path}") for path in ("/metrics", "/readyz", "/admin")]
        logged = proxy.logged()

    assert heard["message"]["id"] == message
    assert [answer.status_code for answer in closed] == [404] * 3
    assert "/admin/avito/webhook/***" in logged
    assert SECRET not in logged
