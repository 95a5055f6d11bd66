"""Events that did not reach a gateway when they were published still reach its clients, once and in order."""

import time

import orjson
import pytest
from redis.asyncio import Redis

from shared.redis import journal, keys
from shared.redis.journal import Publication
from testbed import System
from tests.push_gateway.panel import Panel, write
from tests.push_gateway.shared_by_module import module_panel, module_system

pytestmark = pytest.mark.anyio
system = module_system("gateway")
panel = module_panel()


async def head(redis: Redis) -> int:
    return int(await redis.execute_command("HGET", keys.STATE, "seq") or 0)


async def write_unheard(redis: Redis) -> int:
    """Put an event into the journal that is never published, as if its publication had been lost."""
    seq = await redis.execute_command("HINCRBY", keys.STATE, "seq", 1)
    await redis.xadd(keys.JOURNAL, {"e": orjson.dumps({"type": "test", "seq": seq})}, id=f"{seq}-0")
    return int(seq)


async def test_a_cut_subscription_loses_nothing(system: System, panel: Panel) -> None:
    async with system.redis as redis, panel.socket() as socket:
        start = await panel.catch_up(socket)
        for number in range(5):
            await redis.client_kill_filter(_type="pubsub")
            await write(redis, f"m{number}", chat="cut")

        seq = await head(redis)
        assert await socket.read_until(seq) == list(range(start + 1, seq + 1))


async def test_a_lost_publication_is_read_from_the_journal_before_the_next(
    system: System, panel: Panel
) -> None:
    async with system.redis as redis, panel.socket() as socket:
        start = await panel.catch_up(socket)
        await write_unheard(redis)
        await write_unheard(redis)

        seq = await write(redis, "m1", chat="lost")

        assert await socket.read_until(seq) == list(range(start + 1, seq + 1))


async def test_a_lost_publication_at_the_tail_is_noticed_without_another(
    system: System, panel: Panel
) -> None:
    async with system.redis as redis, panel.socket() as socket:
        await panel.catch_up(socket)

        seq = await write_unheard(redis)

        assert await socket.read_until(seq) == [seq]


async def test_a_canary_shows_a_gap_and_then_reaches_the_client(system: System, panel: Panel) -> None:
    async with system.redis as redis, panel.socket() as socket:
        await panel.catch_up(socket)
        epoch = (await panel.get("api/events"))["epoch"]
        seq = await write_unheard(redis)
        canary = {"type": "canary", "seq": seq, "at": time.time()}

        published = journal.write(Publication(epoch, None, None, orjson.dumps(canary)))
        await redis.execute_command("PUBLISH", keys.EVENTS, published)

        assert [await socket.read(), await socket.read()] == [{"type": "test", "seq": seq}, canary]


async def test_garbage_on_the_channel_harms_nothing(system: System, panel: Panel) -> None:
    async with system.redis as redis, panel.socket() as socket:
        start = await panel.catch_up(socket)
        for garbage in (b"", b"garbage", b"e - \n[1]", b"e - \nnot json", b"e x 1\n{}", b"\xff \xff \xff\n"):
            await redis.execute_command("PUBLISH", keys.EVENTS, garbage)

        seq = await write(redis, "m1", chat="garbage")

        assert await socket.read_until(seq) == list(range(start + 1, seq + 1))


async def test_a_gap_in_the_journal_itself_makes_clients_read_again(system: System, panel: Panel) -> None:
    async with system.redis as redis, panel.socket() as socket:
        start = await panel.catch_up(socket)
        await redis.execute_command("HINCRBY", keys.STATE, "seq", 1)

        again = await socket.read_type("hello")

        assert (again["recovered"], again["seq"]) == (False, start + 1)
        seq = await write(redis, "m1", chat="gap")
        assert await socket.read_until(seq) == list(range(start + 2, seq + 1))
