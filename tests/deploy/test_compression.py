"""What the shipped proxies compress: static files, and of the API what our own pages ask for."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from random import randbytes
from secrets import token_hex

import httpx2
import pytest
from PIL import Image

from testbed import System, running_system
from tests.deploy.proxies import CADDIES, PROXIES, running_proxy
from tests.push_gateway.panel import PATH, Panel, new_chat

pytestmark = pytest.mark.anyio

SCRIPT, LIST = f"{PATH}static/app.js", f"{PATH}api/chats"
OURS = {"Sec-Fetch-Site": "same-origin"}
FOREIGN = [{}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}]


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[System]:
    environ = {"TRUSTED_PROXIES": "127.0.0.1"}
    async with running_system(tmp_path_factory.mktemp("system"), "gateway", environ=environ) as running:
        for number in range(5):
            await new_chat(running, f"chat-{number}")
        yield running


@pytest.fixture(params=PROXIES)
async def panel(system: System, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Panel]:
    gateway = system.url("gateway").removeprefix("http://")
    with running_proxy(request.param, tmp_path, gateway, gateway) as proxy:
        async with Panel.at(proxy.url) as logged_in:
            await logged_in.log_in()
            yield logged_in


async def ask(panel: Panel, path: str, encodings: str = "gzip", **headers: str) -> httpx2.Response:
    return await panel.http.get(path, headers={"Accept-Encoding": encodings, **headers})


async def test_a_static_file_is_compressed_and_then_known_by_its_tag(panel: Panel) -> None:
    plain, small = await ask(panel, SCRIPT, "identity"), await ask(panel, SCRIPT)
    again = await ask(panel, SCRIPT, **{"If-None-Match": small.headers["etag"]})

    assert small.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in small.headers["vary"].lower()
    assert small.num_bytes_downloaded < len(plain.content) / 2
    assert (small.content, "content-encoding" in plain.headers) == (plain.content, False)
    assert (again.status_code, again.content) == (304, b"")


async def test_the_api_is_compressed_for_our_own_pages_alone(panel: Panel) -> None:
    own = await ask(panel, LIST, **OURS)
    foreign = [await ask(panel, LIST, **headers) for headers in FOREIGN]

    assert own.headers["content-encoding"] == "gzip"
    assert len(own.json()["chats"]) == 5
    assert [answer.headers.get("content-encoding") for answer in foreign] == [None] * len(FOREIGN)
    assert {answer.content for answer in foreign} == {own.content}


async def test_an_upload_of_our_page_passes_as_large_as_the_gateway_takes_it(panel: Panel) -> None:
    data = BytesIO()
    Image.frombytes("RGB", (1500, 1500), randbytes(3 * 1500**2)).save(data, "PNG")

    files = {"image": ("a.png", data.getvalue())}
    answer = await panel.http.post(
        f"{PATH}api/chats/chat-0/images", files=files, data={"ref": token_hex(4)}, headers=OURS
    )

    assert (answer.status_code, len(data.getvalue()) > 6_000_000) == (202, True)


async def test_pages_are_not_compressed(panel: Panel) -> None:
    pages = [await ask(panel, f"{PATH}{path}", **OURS) for path in ("", "owner", "login", "webhook/status")]

    assert [page.headers.get("content-encoding") for page in pages] == [None] * len(pages)


@pytest.mark.parametrize("panel", CADDIES, indirect=True)
async def test_caddy_prefers_zstd(panel: Panel) -> None:
    for path in (SCRIPT, LIST):
        async with panel.http.stream(
            "GET", path, headers={"Accept-Encoding": "gzip, zstd", **OURS}
        ) as answer:
            assert answer.headers["content-encoding"] == "zstd"
