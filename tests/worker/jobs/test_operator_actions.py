"""Operators' actions at Avito besides replies, in Redis and at a small Avito."""

import asyncio
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from shared.redis import keys
from shared.wires import jobs, operator_actions
from shared.wires.operator_actions import OperatorAction
from tests.worker.builders import BUYER, SELLER
from tests.worker.fake_avito import FakeAvito, make_account
from worker.accounts.context import ACCOUNT, AccountContext
from worker.avito.errors import BadRequest, Unavailable, Unknown
from worker.jobs.operator_actions import LATE_S, REQUEUED_AT_ONCE, requeue_due, run_operator_action
from worker.messages.commit import Change, commit
from worker.messages.reading import read_message

pytestmark = pytest.mark.anyio
CHAT = "c1"


class Desk:
    """An operator with one chat."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.avito = FakeAvito()
        self.account: AccountContext = make_account(redis, self.avito)

    async def hear(self, *, author: int = BUYER, age: float = 0.0) -> str:
        """A message is written and comes by webhook; returns its id."""
        message_id = self.avito.write(CHAT, author=author, age=age)
        message = read_message(self.avito.threads[CHAT][-1], SELLER, CHAT)
        change = Change(SELLER, CHAT, (message,), "webhook", chat_type="u2i")
        await commit(self.redis, change, self.avito.clock(), 200)
        return message_id

    async def ask(self, kind: operator_actions.ActionKind, **more: Any) -> None:
        """Queue an action as the gateway does, and run it."""
        await self.keep("e1", OperatorAction(kind, CHAT, self.avito.clock(), "olga", **more))
        await self.run()

    async def keep(self, name: str, action: OperatorAction) -> None:
        await self.redis.execute_command(
            "HSET", keys.operator_actions(SELLER), name, operator_actions.write(action)
        )

    async def queued(self) -> set[str]:
        """Take the jobs that were queued again."""
        jobs_of = await self.redis.zrange(keys.REQUESTS_QUEUE, 0, -1)
        told = [await self.redis.get(b"arq:job:" + job) for job in jobs_of]
        await self.redis.delete(keys.REQUESTS_QUEUE)
        return {jobs.decode(one)["a"][-1] for one in told if one}

    async def run(self) -> None:
        await run_operator_action({ACCOUNT: self.account}, "ask-1", 0, SELLER, "e1")

    async def is_left(self) -> bool:
        return bool(await self.redis.execute_command("HEXISTS", keys.operator_actions(SELLER), "e1"))

    async def unread(self) -> int:
        shown = await self.redis.execute_command("HGET", keys.chat(SELLER, CHAT), "json")
        return int(orjson.loads(shown)["unread"])

    async def read(self) -> list[bool]:
        """Which messages are shown as read, by id."""
        return [one["read"] for one in await self._shown()]

    async def types(self) -> list[str]:
        return [one["type"] for one in await self._shown()]

    async def _shown(self) -> list[dict[str, Any]]:
        held: dict[bytes, bytes] = await self.redis.execute_command("HGETALL", keys.messages(SELLER, CHAT))
        return [orjson.loads(held[name].partition(b"\n")[2]) for name in sorted(held)]


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
async def test_a_read_that_comes_late_marks_no_message_that_came_after_it(
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


async def test_our_own_later_message_does_not_keep_a_read_from_avito(desk: Desk) -> None:
    seen = await desk.hear(age=10)
    await desk.hear(author=SELLER)

    await desk.ask("read", message_id=seen)

    assert desk.avito.calls["read"] == 1


async def test_a_read_up_to_a_message_that_is_not_held_any_more_marks_nothing(desk: Desk) -> None:
    await desk.hear()

    await desk.ask("read", message_id="gone")

    assert (await desk.unread(), desk.avito.calls["read"]) == (1, 0)
    assert not await desk.is_left()


@pytest.mark.parametrize(("later", "queued"), [(1.0, 0), (LATE_S + 1, 1)])
async def test_an_action_that_lost_its_job_gets_another(desk: Desk, later: float, queued: int) -> None:
    data = operator_actions.write(OperatorAction("read", CHAT, desk.avito.clock(), "olga"))
    await desk.redis.execute_command("HSET", keys.operator_actions(SELLER), "e1", data)
    desk.avito.clock.now += later

    await requeue_due(desk.account)

    assert await desk.redis.zcard(keys.REQUESTS_QUEUE) == queued


async def test_a_deletion_whose_response_was_lost_is_found_done_at_the_next_try(desk: Desk) -> None:
    mine = await desk.hear(author=SELLER)
    desk.avito.trouble["delete"] = Unknown("delete", how="cut")
    await desk.ask("delete", message_id=mine)
    assert (await desk.types(), await desk.is_left()) == (["text"], True)

    del desk.avito.trouble["delete"]
    await desk.run()

    assert (await desk.types(), await desk.is_left()) == (["deleted"], False)


@pytest.mark.parametrize("begun", [True, False])
async def test_a_deletion_that_avito_refuses_leaves_the_message_shown(desk: Desk, *, begun: bool) -> None:
    mine = await desk.hear(author=SELLER)
    desk.avito.trouble["delete"] = BadRequest("delete", status=400)

    await desk.ask("delete", message_id=mine, begun=begun)

    assert (await desk.types(), await desk.is_left()) == (["text"], False)


async def test_two_jobs_for_one_action_ask_avito_once(desk: Desk) -> None:
    mine = await desk.hear(author=SELLER)
    await desk.keep("e1", OperatorAction("delete", CHAT, desk.avito.clock(), "olga", message_id=mine))

    await asyncio.gather(desk.run(), desk.run(), desk.run())

    assert desk.avito.calls["delete"] == 1
    assert await desk.types() == ["deleted"]


async def test_actions_that_fail_do_not_delay_the_others(desk: Desk) -> None:
    names = [f"e{number}" for number in range(REQUEUED_AT_ONCE + 20)]
    for name in names:
        await desk.keep(name, OperatorAction("read", CHAT, desk.avito.clock() - 60, "olga"))

    queued: set[str] = set()
    while queued != set(names):
        await requeue_due(desk.account)
        waiting = await desk.queued()
        assert 0 < len(waiting) <= REQUEUED_AT_ONCE
        queued |= waiting


async def test_a_clock_that_was_set_back_delays_no_action(desk: Desk) -> None:
    await desk.keep("e1", OperatorAction("read", CHAT, desk.avito.clock() + 3_000, "olga"))

    await requeue_due(desk.account)

    assert await desk.queued() == {"e1"}


def test_an_action_of_a_newer_version_is_read() -> None:
    told = orjson.loads(operator_actions.write(OperatorAction("read", CHAT, 1.0, "olga"))) | {"more": 1}

    assert operator_actions.read(orjson.dumps(told)) == OperatorAction("read", CHAT, 1.0, "olga")
