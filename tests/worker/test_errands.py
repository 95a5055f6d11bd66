"""What operators ask of Avito besides replies, in Redis and at a small Avito."""

from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from shared import errands, keys
from shared.errands import Errand
from tests.worker.builders import BUYER, SELLER
from tests.worker.fake_avito import FakeAvito, make_work
from worker.avito.errors import Unavailable
from worker.commit import Change, commit
from worker.context import WORK, Work
from worker.errands import LATE_S, requeue_due, run_errand
from worker.reading import read_message

pytestmark = pytest.mark.anyio
CHAT = "c1"


class Desk:
    """An operator with one chat."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.avito = FakeAvito()
        self.work: Work = make_work(redis, self.avito)

    async def hear(self, *, author: int = BUYER, age: float = 0.0) -> str:
        """Let a message be written and come by webhook; returns its id."""
        message_id = self.avito.write(CHAT, author=author, age=age)
        message = read_message(self.avito.threads[CHAT][-1], SELLER, CHAT)
        change = Change(SELLER, CHAT, (message,), "webhook", chat_type="u2i")
        await commit(self.redis, change, self.avito.clock(), 200)
        return message_id

    async def ask(self, kind: errands.ErrandKind, **more: Any) -> None:
        """Queue an errand as the gateway does, and run it."""
        errand = Errand(kind, CHAT, self.avito.clock(), "olga", **more)
        await self.redis.execute_command("HSET", keys.errands(SELLER), "e1", errands.write(errand))
        await self.run()

    async def run(self) -> None:
        await run_errand({WORK: self.work}, "ask-1", 0, SELLER, "e1")

    async def is_left(self) -> bool:
        return bool(await self.redis.execute_command("HEXISTS", keys.errands(SELLER), "e1"))

    async def unread(self) -> int:
        shown = await self.redis.execute_command("HGET", keys.chat(SELLER, CHAT), "json")
        return int(orjson.loads(shown)["unread"])

    async def read(self) -> list[bool]:
        """Which messages are shown as read, by id."""
        held: dict[bytes, bytes] = await self.redis.execute_command("HGETALL", keys.messages(SELLER, CHAT))
        return [orjson.loads(held[name].partition(b"\n")[2])["read"] for name in sorted(held)]


@pytest.fixture
def desk(store: Redis) -> Desk:
    return Desk(store)


async def test_a_chat_that_was_read_is_read_here_and_at_avito(desk: Desk) -> None:
    await desk.hear(age=60)
    seen = await desk.hear()

    await desk.ask("read", message_id=seen)

    assert await desk.unread() == 0
    assert [row["isRead"] for row in desk.avito.threads[CHAT]] == [True, True]
    assert not await desk.is_left()


@pytest.mark.parametrize("names_it", [True, False])
async def test_a_read_that_comes_late_marks_nothing_that_came_after_it_was_asked(
    desk: Desk, *, names_it: bool
) -> None:
    seen = await desk.hear(age=1)
    desk.avito.trouble["read"] = Unavailable("read", status=503)
    await desk.ask("read", message_id=seen if names_it else "")
    assert await desk.is_left()

    del desk.avito.trouble["read"]
    desk.avito.clock.now += 20
    await desk.hear()
    await desk.run()

    assert (await desk.unread(), await desk.read()) == (1, [True, False])
    assert [row["isRead"] for row in desk.avito.threads[CHAT]] == [False, False]
    assert not await desk.is_left()


async def test_an_answer_of_ours_after_what_was_read_does_not_keep_it_from_avito(desk: Desk) -> None:
    seen = await desk.hear(age=10)
    await desk.hear(author=SELLER)

    await desk.ask("read", message_id=seen)

    assert desk.avito.calls["read"] == 1


async def test_a_read_up_to_what_is_not_held_any_more_marks_nothing(desk: Desk) -> None:
    await desk.hear()

    await desk.ask("read", message_id="gone")

    assert (await desk.unread(), desk.avito.calls["read"]) == (1, 0)
    assert not await desk.is_left()


@pytest.mark.parametrize(("later", "hints"), [(1.0, 0), (LATE_S + 1, 1), (-3600.0, 1)])
async def test_what_lost_its_hint_gets_another_also_when_the_clock_was_set_back(
    desk: Desk, later: float, hints: int
) -> None:
    data = errands.write(Errand("read", CHAT, desk.avito.clock(), "olga"))
    await desk.redis.execute_command("HSET", keys.errands(SELLER), "e1", data)
    desk.avito.clock.now += later

    await requeue_due(desk.work)

    assert await desk.redis.zcard(keys.REQUESTS_QUEUE) == hints
