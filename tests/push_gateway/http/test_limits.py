"""Every limit has a clear answer, and is counted in the metrics."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2
import pytest

from push_gateway.http.gateway import UPLOADS_OF_ONE as OF_ONE
from testbed import System, until
from tests.push_gateway.panel import PATH, Panel
from tests.push_gateway.shared_by_module import module_panel, module_system

pytestmark = pytest.mark.anyio
MESSAGES = f"{PATH}api/chats/chat-1/messages"
IMAGES = f"{PATH}api/chats/chat-1/images"
system = module_system("gateway", messages=("b1",))
panel = module_panel()


@asynccontextmanager
async def begun(panel: Panel, path: str, kind: str, body: bytes) -> AsyncIterator[asyncio.StreamReader]:
    """Begin a post that never ends by itself; gives where its answer will come."""
    url = httpx2.URL(panel.base)
    cookie = f"avito_session={panel.http.cookies['avito_session']}"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {url.host}:{url.port}\r\nOrigin: {panel.base}\r\nCookie: {cookie}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: 100000\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(head.encode() + body)
    try:
        yield reader
    finally:
        writer.close()
        await writer.wait_closed()


async def refusals(panel: Panel, code: str) -> float:
    """Return how often this refusal was counted."""
    wanted = f'avito_live_gateway_refusals_total{{code="{code}"}} '
    lines = (await panel.http.get("/metrics")).text.splitlines()
    return float(next((line for line in lines if line.startswith(wanted)), "0 0").split()[-1])


async def test_a_body_that_comes_too_slowly_is_answered_with_408(panel: Panel) -> None:
    async with begun(panel, MESSAGES, "application/json", b'{"text":') as reader:
        head = await reader.readuntil(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 408 ")
    assert await refusals(panel, "too_slow") == 1


async def test_a_body_that_is_too_large_is_answered_with_413(panel: Panel) -> None:
    answer = await panel.http.post(MESSAGES, content=b"x" * 70_000)

    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    assert await refusals(panel, "too_large") == 1


async def test_uploads_of_one_operator_are_limited_and_possible_again_afterwards(panel: Panel) -> None:
    form = "multipart/form-data; boundary=b"
    asking, part = (
        f"{form}\r\nExpect: 100-continue",  # answered once it is counted
        b'--b\r\nContent-Disposition: form-data; name="ref"\r\n\r\n',
    )

    async def is_full() -> bool:
        return (
            await panel.http.post(IMAGES, content=b"--b--", headers={"Content-Type": form})
        ).status_code == 429

    async with AsyncExitStack() as stalled:
        for _ in range(OF_ONE):
            answer = await stalled.enter_async_context(begun(panel, IMAGES, asking, part))
            assert b" 100 " in await answer.readuntil(b"\r\n\r\n")
        assert await is_full()

    async def is_free() -> bool:
        return not await is_full()

    await until(is_free)
    assert await refusals(panel, "too_many") >= 1


async def test_a_caller_who_disconnects_during_a_request_leaves_no_traceback(
    panel: Panel, system: System
) -> None:
    for path, kind in ((MESSAGES, "application/json"), (IMAGES, "multipart/form-data; boundary=b")):
        async with begun(panel, path, kind, b"--b\r\n"):
            pass
    await panel.get("api/chats")

    assert "Traceback" not in system.part("gateway").log.read_text()


async def test_messages_that_are_not_understood_are_counted(panel: Panel) -> None:
    async with panel.socket() as socket:
        await socket.read()
        await socket.ws.send("{")
        await socket.ws.send(b"\0")
        await socket.read_type("error")
        await socket.read_type("error")

    metrics = (await panel.http.get("/metrics")).text
    assert "avito_live_gateway_bad_frames_total 2.0" in metrics
