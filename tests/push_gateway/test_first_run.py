"""What a panel shows before the first buyer: whether this is a demo, and the progress of the import."""

import pytest

from shared.redis import keys
from testbed import System
from tests.push_gateway.panel import Panel, write

pytestmark = pytest.mark.anyio


async def test_the_greeting_says_whether_the_buyers_are_made_up(system: System, panel: Panel) -> None:
    async with system.redis as redis:
        await redis.execute_command("HSET", keys.FACTS, "demo", 1)
        while True:
            async with panel.socket() as socket:
                if (await socket.read()).get("demo"):
                    return


async def test_open_panels_are_told_how_far_the_first_import_is(system: System, panel: Panel) -> None:
    async with system.redis as redis, panel.socket() as socket:
        for done in (40, 120):
            await redis.execute_command("HSET", keys.FACTS, "import_done", done, "import_total", 120)
            assert await socket.read_type("import") == {"type": "import", "done": done, "total": 120}


async def test_a_panel_opened_during_the_import_is_told_at_once(system: System, panel: Panel) -> None:
    async with system.redis as redis, panel.socket() as first:
        await redis.execute_command("HSET", keys.FACTS, "import_done", 3, "import_total", 9)
        await first.read_type("import")
        async with panel.socket() as second:
            assert await second.read_type("import") == {"type": "import", "done": 3, "total": 9}


async def test_a_thread_brings_its_chat_so_that_any_chat_can_be_opened_by_its_address(
    system: System, panel: Panel
) -> None:
    async with system.redis as redis:
        await write(redis, "m1", "m2", "m3", chat="deep")

    listed = (await panel.get("api/chats"))["chats"][0]
    newest = await panel.get("api/chats/deep/messages", limit=2)
    older = await panel.get("api/chats/deep/messages", limit=2, before=newest["next"])

    assert newest["chat"] == listed
    assert "chat" not in older
