"""Every feature can be left out: the core works without any of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from testbed import System
from tests.push_gateway.panel import PATH, Panel, write
from tests.push_gateway.processes import running

pytestmark = pytest.mark.anyio
NO_FEATURES = "from push_gateway.features import listed\nlisted.FEATURES = ()\n"


@pytest.fixture
async def system(tmp_path: Path, anyio_backend: str) -> AsyncIterator[System]:
    """A gateway whose list of features is empty."""
    (tmp_path / "sitecustomize.py").write_text(NO_FEATURES)
    async with running(tmp_path, "gateway", environ={"PYTHONPATH": str(tmp_path)}) as started:
        yield started


async def test_chats_and_events_are_there_and_nothing_of_a_feature(system: System, panel: Panel) -> None:
    async with system.redis as redis, panel.socket() as socket:
        await socket.read()
        seq = await write(redis, "m1")

        assert await socket.read_until(seq) == list(range(1, seq + 1))
        await socket.say(type="viewing", chat_id="chat-1")
        assert (await socket.read_type("error"))["message"] == "unknown type"

    thread = await panel.get("api/chats/chat-1/messages")
    assert [message["id"] for message in thread["messages"]] == ["m1"]
    assert "notes" not in thread
    for path in ("api/coach", "api/hours", "api/quick-replies", "coach", "quick-replies"):
        assert (await panel.http.get(PATH + path)).status_code == 404
