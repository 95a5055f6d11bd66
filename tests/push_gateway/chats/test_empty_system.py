"""Lists of chats of a new system and of one whose Redis was emptied: each test has its own."""

import pytest

from shared.redis import keys
from testbed import System
from tests.push_gateway.panel import Panel, write
from tests.worker.builders import SELLER

pytestmark = pytest.mark.anyio


async def test_an_empty_system_answers_empty_lists(panel: Panel) -> None:
    answer = await panel.get("api/chats")

    assert (answer["chats"], answer["next"], answer["seq"]) == ([], None, 0)


async def test_search_stays_right_after_redis_was_emptied(system: System, panel: Panel) -> None:
    async with system.redis as redis:
        await write(redis, "m1", chat="c1", text="words")
        assert [chat["id"] for chat in (await panel.get("api/chats", q="words"))["chats"]] == ["c1"]
        await redis.execute_command("DEL", keys.chats(SELLER), keys.chat(SELLER, "c1"), keys.STATE)

        assert (await panel.get("api/chats", q="words"))["chats"] == []
