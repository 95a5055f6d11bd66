"""The shipped nginx sample in a real nginx."""

import asyncio
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

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


def hasten(sample: str) -> str:
    """Let nginx wait for half a second, where the sample waits for six pings of the panel."""
    assert sample.count("proxy_read_timeout 2m;") == sample.count("proxy_send_timeout 2m;") == 1
    return sample.replace("_timeout 2m;", "_timeout 500ms;")


async def test_a_websocket_lives_as_long_as_its_panel_pings(tmp_path: Path) -> None:
    async with serve(echo, "127.0.0.1", 0) as gateway:
        place = f"127.0.0.1:{next(iter(gateway.sockets)).getsockname()[1]}"
        with running_nginx(tmp_path, place, place, edit=hasten) as proxy:
            async with connect(f"ws://127.0.0.1:{proxy.port}/admin/avito/ws", proxy=None) as socket:
                for number in range(12):
                    await asyncio.sleep(0.1)
                    await socket.send(str(number))
                    assert await socket.recv() == str(number)


async def echo(socket: ServerConnection) -> None:
    async for message in socket:
        await socket.send(message)
