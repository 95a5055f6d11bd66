"""A write without its body does nothing, and an offered upgrade loses none."""

import asyncio

import httpx2
import pytest

from tests.push_gateway.panel import PATH, Panel
from tests.push_gateway.shared_by_module import module_panel, module_system

pytestmark = pytest.mark.anyio
system = module_system("gateway", messages=("b1",))
panel = module_panel()

CHAT = f"{PATH}api/chats/chat-1"
OWNER = f"{PATH}api/owner"
NEEDED = [
    *(f"{CHAT}/{what}" for what in ("messages", "notes", "owner", "blacklist")),
    *(f"{PATH}api/quick-replies{what}" for what in ("", "/1", "/1/delete", "/import", "/import/preview")),
    *(f"{OWNER}/{what}" for what in ("operators", "operators/olga/role", "operators/olga/password")),
    *(f"{OWNER}/{what}" for what in ("tokens", "options", "hours")),
]
OPTIONAL = [f"{CHAT}/answered", f"{CHAT}/read", f"{OWNER}/operators/nobody/disable"]


@pytest.mark.parametrize("path", [*NEEDED, *OPTIONAL])
async def test_a_body_that_was_lost_is_missed(panel: Panel, path: str) -> None:
    answer = await panel.http.post(path, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "no_body")


@pytest.mark.parametrize("path", NEEDED)
async def test_a_body_that_was_never_there_is_missed(panel: Panel, path: str) -> None:
    assert (await panel.http.post(path)).json()["error"]["code"] == "no_body"


async def test_a_body_that_need_not_be_there_may_be_missing(panel: Panel) -> None:
    assert (await panel.http.post(f"{CHAT}/read")).status_code == 202
    assert (await panel.http.post(f"{OWNER}/operators/nobody/disable")).status_code == 404


BODY = b'{"message_id":"nope"}'
SENT = {
    "with length": [b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY],
    "chunked": [b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)],
    "in a second packet": [b"Content-Length: %d\r\n\r\n" % len(BODY), BODY],
    "expected": [b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY), BODY],
}
OFFERS = {
    "h2c": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
    "TLS": b"Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n",
    "websocket": b"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n",
}


@pytest.mark.parametrize("sent", SENT)
@pytest.mark.parametrize("offer", OFFERS)
async def test_an_offered_upgrade_loses_no_condition(panel: Panel, offer: str, sent: str) -> None:
    url = httpx2.URL(panel.base)
    head = f"POST {CHAT}/answered HTTP/1.1\r\nHost: {url.host}:{url.port}\r\nOrigin: {panel.base}\r\n"
    head += f"Cookie: {panel.cookie}\r\nContent-Type: application/json\r\n"
    reader, writer = await asyncio.open_connection(url.host, url.port)
    for piece in (head.encode() + OFFERS[offer] + SENT[sent][0], *SENT[sent][1:]):
        writer.write(piece)
        await asyncio.sleep(0.02)  # so that it is a packet of its own
    answer = (await reader.readuntil(b"}}")).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    writer.close()
    await writer.wait_closed()

    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"unknown_message" in answer
