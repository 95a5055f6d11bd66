"""The way of a message, a reply and a reconnect with every feature left out, in all real processes."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from testbed import System, running_system
from tests.push_gateway.panel import Panel

pytestmark = pytest.mark.anyio
NO_FEATURES = """
import push_gateway.features.listed
import worker.features

push_gateway.features.listed.FEATURES = ()
worker.features.FEATURES = ()
"""


@pytest.fixture
async def system(tmp_path: Path, anyio_backend: str) -> AsyncIterator[System]:
    (tmp_path / "sitecustomize.py").write_text(NO_FEATURES)
    bare = {"PYTHONPATH": str(tmp_path)}
    async with running_system(tmp_path, "ingest", "worker", "gateway", environ=bare) as running:
        await running.avito.subscribe(running.webhook_url)
        yield running


@pytest.fixture
async def panel(system: System) -> AsyncIterator[Panel]:
    async with Panel.at(system.url("gateway")) as opened:
        await opened.log_in()
        yield opened


async def test_a_message_comes_its_reply_leaves_and_a_reconnect_misses_nothing(
    system: System, panel: Panel
) -> None:
    chat = await system.avito.chat(buyer={"name": "Вера"})
    async with panel.socket() as socket:
        hello = await socket.read()
        asked = await system.avito.write(chat, "Ещё продаёте?")
        assert (await socket.read_type("message"))["message"]["id"] == asked

        reply = {"text": "Да, приезжайте", "ref": uuid4().hex}
        answer = await panel.http.post(f"/admin/avito/api/chats/{chat}/messages", json=reply)
        assert answer.status_code == 202
        while (await socket.read_type("outbox"))["item"]["state"] != "sent":
            pass
    await system.avito.delivered()

    (at_avito,) = (await system.avito.truth())["chats"]
    messages = at_avito["messages"][::-1]
    assert [message["content"]["text"] for message in messages] == ["Ещё продаёте?", "Да, приезжайте"]
    async with panel.socket(hello) as back:
        assert (await back.read())["recovered"]
        missed = [(await back.read_type("message"))["message"]["id"] for _ in range(2)]
    assert missed == [message["id"] for message in messages]


async def test_no_loop_and_no_address_of_a_feature_is_left(system: System, panel: Panel) -> None:
    for path in ("api/coach", "api/hours", "api/quick-replies"):
        assert (await panel.http.get(f"/admin/avito/{path}")).status_code == 404
    log = system.part("worker").tail(lines=1_000)
    assert "worker.started" in log
    assert not [name for name in ("alerts", "automatic_answers", "coach", "forwarding") if name in log]
