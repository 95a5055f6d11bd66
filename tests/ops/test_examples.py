"""The examples for integrators, run as their readers run them."""

import asyncio
import http.server
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from avito_live import PROJECT
from testbed import PASSWORD, USERNAME, System, free_port, running_system, start, until
from tests.scripts.running import avito_live

pytestmark = pytest.mark.anyio

EXAMPLES = PROJECT / "examples"
PARTS = ("ingest", "worker", "gateway")
CHROMIUM = "/usr/bin/chromium"


def test_they_are_short() -> None:
    code = [line for line in (EXAMPLES / "follow.py").read_text().splitlines() if line.strip()]
    script = (EXAMPLES / "browser.html").read_text().split("<script>")[1].split("</script>")[0]

    assert len(code) <= 25
    assert len([line for line in script.splitlines() if line.strip()]) <= 25


async def test_the_python_example_prints_messages_and_what_it_missed_while_the_gateway_was_away(
    tmp_path: Path,
) -> None:
    async with running_system(tmp_path, *PARTS) as system:
        await system.avito.subscribe(system.webhook_url)
        made = avito_live(tmp_path, "token", "add", "me", REDIS_URL=system.redis_server.url)
        environ = {
            "PATH": os.environ["PATH"],
            "AVITO_LIVE": system.url("gateway").replace("http", "ws"),
            "AVITO_LIVE_TOKEN": made.stdout.split()[0],
        }
        said = tmp_path / "said"
        with said.open("wb") as out:
            process = start([sys.executable, str(EXAMPLES / "follow.py")], environ, output=out)
        try:
            chat = await system.avito.chat()
            await until(lambda: connected(system))
            await system.avito.write(chat, "first")
            await until(lambda: "first" in said.read_text("utf-8"))
            await system.stop("gateway")
            await system.avito.write(chat, "while away")
            await system.start("gateway")
            await until(lambda: "while away" in said.read_text("utf-8"), within=60)
        finally:
            process.kill()
            await asyncio.to_thread(process.wait, 10)
        lines = said.read_text("utf-8").splitlines()

    assert [line for line in lines if line.startswith(chat)] == [
        f"{chat} {{'text': 'first'}}",
        f"{chat} {{'text': 'while away'}}",
    ]


async def connected(system: System) -> bool:
    text = (await system.http.get(f"{system.url('gateway')}/metrics")).text
    return "avito_live_gateway_clients 1.0" in text


@contextmanager
def served(port: int) -> Iterator[str]:
    """Serve the examples, as an integrator's host does."""
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(EXAMPLES))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.shutdown()
            thread.join(10)


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed")
async def test_the_browser_example_shows_messages_on_a_page_of_another_origin(tmp_path: Path) -> None:
    port = free_port()
    environ = {"ALLOWED_ORIGINS": f"http://127.0.0.1:{port}"}
    async with running_system(tmp_path, *PARTS, environ=environ) as system:
        await system.avito.subscribe(system.webhook_url)
        with served(port) as origin:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
                )
                page = await browser.new_page()
                await page.goto(f"{system.url('gateway')}/admin/avito/login")
                await page.fill("input[name=username]", USERNAME)
                await page.fill("input[name=password]", PASSWORD)
                await page.press("input[name=password]", "Enter")
                await page.wait_for_url("**/admin/avito/")
                panel = system.url("gateway").replace("http", "ws")
                await page.goto(f"{origin}/browser.html?panel={panel}")
                await until(lambda: connected(system))
                await system.avito.write(await system.avito.chat(), "на чужой странице")
                await page.wait_for_selector("li", timeout=30_000)
                shown = await page.inner_text("li")
                await browser.close()

    assert shown == "на чужой странице"
