"""A client that comes back to a real gateway process gets what it missed, or is told to read again."""

import asyncio
from typing import Any

import pytest

from shared.redis import keys
from testbed import System
from tests.push_gateway.panel import Panel, write
from tests.push_gateway.processes import second_gateway
from tests.push_gateway.shared_by_module import module_panel, module_system

pytestmark = pytest.mark.anyio
system = module_system("gateway")
panel = module_panel()


async def test_a_client_that_comes_back_gets_exactly_what_it_missed(system: System, panel: Panel) -> None:
    async with system.redis as redis:
        async with panel.socket() as socket:
            hello = await socket.read()
        seq = await write(redis, "m1", "m2", "m3", chat="missed")
        async with panel.socket(hello) as socket:
            again = await socket.read()
            assert (again["seq"], again["recovered"]) == (hello["seq"], True)
            assert await socket.read_until(seq) == list(range(hello["seq"] + 1, seq + 1))

            live = await write(redis, "m4", chat="missed")

            assert await socket.read_until(live) == list(range(seq + 1, live + 1))


async def test_events_missed_before_this_gateway_started_come_from_the_journal(
    system: System, panel: Panel
) -> None:
    async with system.redis as redis:
        async with panel.socket() as socket:
            hello = await socket.read()
        seq = await write(redis, *(f"m{number}" for number in range(20)), chat="before the start")

        async with second_gateway(system) as late, panel.socket(hello, base=late) as socket:
            assert (await socket.read())["recovered"] is True
            assert await socket.read_until(seq) == list(range(hello["seq"] + 1, seq + 1))


async def test_events_published_while_a_client_catches_up_come_once(system: System, panel: Panel) -> None:
    async with system.redis as redis:
        async with panel.socket() as socket:
            hello = await socket.read()
        await write(redis, *(f"m{number}" for number in range(300)), chat="busy")
        writing = asyncio.create_task(write(redis, *(f"n{number}" for number in range(300)), chat="busy"))
        start, sockets = hello["seq"], 0
        while not writing.done():
            async with panel.socket(hello) as socket:
                await socket.read()
                assert await socket.read_until(start + 500) == list(range(start + 1, start + 501))
                sockets += 1
        assert sockets


@pytest.mark.parametrize(
    "claim", [{"epoch": "other", "seq": 0}, {"seq": 1_000_000}, {"seq": "x"}, {"seq": -1}]
)
async def test_a_foreign_position_is_not_recovered(
    system: System, panel: Panel, claim: dict[str, Any]
) -> None:
    async with system.redis as redis:
        seq = await write(redis, "m1", chat="foreign")
    async with panel.socket() as socket:
        hello = await socket.read()

    async with panel.socket(hello | claim) as socket:
        again = await socket.read()

    assert (again["recovered"], again["seq"]) == (False, seq)


async def test_a_position_older_than_the_journal_is_not_recovered(system: System, panel: Panel) -> None:
    async with system.redis as redis:
        async with panel.socket() as socket:
            hello = await socket.read()
        await write(redis, "m1", "m2", "m3", chat="trimmed")
        await redis.xtrim(keys.JOURNAL, maxlen=1, approximate=False)

        async with second_gateway(system) as late, panel.socket(hello, base=late) as socket:
            assert (await socket.read())["recovered"] is False


async def test_numbers_that_are_used_again_at_once_are_told_in_a_new_epoch(
    system: System, panel: Panel
) -> None:
    async with system.redis as redis, panel.socket() as socket:
        hello = await socket.read_type("hello")
        told = await write(redis, "told", chat="set back")
        for name in await redis.keys("*"):
            await redis.execute_command("COPY", name, name, "DB", 1)
        await socket.read_until(await write(redis, "told and lost", chat="set back"))

        await redis.execute_command("SWAPDB", 0, 1)
        assert await write(redis, "in its place", "after it", chat="set back") == told + 2

        again = await socket.read_type("hello")
        assert (again["recovered"], again["epoch"] != hello["epoch"]) == (False, True)
