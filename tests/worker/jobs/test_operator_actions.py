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


class OneChat:
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
def chat(store: Redis) -> OneChat:
    return OneChat(store)


async def test_a_chat_that_was_read_is_read_here_and_at_avito(chat: OneChat) -> None:
    await chat.hear(age=60)
    seen = await chat.hear()

    await chat.ask("read", message_id=seen)

    assert await chat.unread() == 0
    assert [row["isRead"] for row in chat.avito.threads[CHAT]] == [True, True]
    assert not await chat.is_left()


@pytest.mark.parametrize("names_it", [True, False])
async def test_a_read_that_comes_late_marks_no_message_that_came_after_it(
    chat: OneChat, *, names_it: bool
) -> None:
    seen = await chat.hear(age=1)
    chat.avito.trouble["read"] = Unavailable("read", status=503)
    await chat.ask("read", message_id=seen if names_it else "")
    assert await chat.is_left()

    del chat.avito.trouble["read"]
    chat.avito.clock.now += 20
    await chat.hear()
    await chat.run()

    assert (await chat.unread(), await chat.read()) == (1, [True, False])
    assert [row["isRead"] for row in chat.avito.threads[CHAT]] == [False, False]
    assert not await chat.is_left()


async def test_our_own_later_message_does_not_keep_a_read_from_avito(chat: OneChat) -> None:
    seen = await chat.hear(age=10)
    await chat.hear(author=SELLER)

    await chat.ask("read", message_id=seen)

    assert chat.avito.calls["read"] == 1


async def test_a_read_up_to_a_message_that_is_not_held_any_more_marks_nothing(chat: OneChat) -> None:
    await chat.hear()

    await chat.ask("read", message_id="gone")

    assert (await chat.unread(), chat.avito.calls["read"]) == (1, 0)
    assert not await chat.is_left()


@pytest.mark.parametrize(("later", "queued"), [(1.0, 0), (LATE_S + 1, 1)])
async def test_an_action_that_lost_its_job_gets_another(chat: OneChat, later: float, queued: int) -> None:
    data = operator_actions.write(OperatorAction("read", CHAT, chat.avito.clock(), "olga"))
    await chat.redis.execute_command("HSET", keys.operator_actions(SELLER), "e1", data)
    chat.avito.clock.now += later

    await requeue_due(chat.account)

    assert await chat.redis.zcard(keys.REQUESTS_QUEUE) == queued


async def test_a_deletion_whose_response_was_lost_is_found_done_at_the_next_try(chat: OneChat) -> None:
    mine = await chat.hear(author=SELLER)
    chat.avito.trouble["delete"] = Unknown("delete", how="cut")
    await chat.ask("delete", message_id=mine)
    assert (await chat.types(), await chat.is_left()) == (["text"], True)

    del chat.avito.trouble["delete"]
    await chat.run()

    assert (await chat.types(), await chat.is_left()) == (["deleted"], False)


@pytest.mark.parametrize("begun", [True, False])
async def test_a_deletion_that_avito_refuses_leaves_the_message_shown(chat: OneChat, *, begun: bool) -> None:
    mine = await chat.hear(author=SELLER)
    chat.avito.trouble["delete"] = BadRequest("delete", status=400)

    await chat.ask("delete", message_id=mine, begun=begun)

    assert (await chat.types(), await chat.is_left()) == (["text"], False)


async def test_two_jobs_for_one_action_ask_avito_once(chat: OneChat) -> None:
    mine = await chat.hear(author=SELLER)
    await chat.keep("e1", OperatorAction("delete", CHAT, chat.avito.clock(), "olga", message_id=mine))

    await asyncio.gather(chat.run(), chat.run(), chat.run())

    assert chat.avito.calls["delete"] == 1
    assert await chat.types() == ["deleted"]


async def test_actions_that_fail_do_not_delay_the_others(chat: OneChat) -> None:
    names = [f"e{number}" for number in range(REQUEUED_AT_ONCE + 20)]
    for name in names:
        await chat.keep(name, OperatorAction("read", CHAT, chat.avito.clock() - 60, "olga"))

    queued: set[str] = set()
    while queued != set(names):
        await requeue_due(chat.account)
        waiting = await chat.queued()
        assert 0 < len(waiting) <= REQUEUED_AT_ONCE
        queued |= waiting


async def test_a_clock_that_was_set_back_delays_no_action(chat: OneChat) -> None:
    await chat.keep("e1", OperatorAction("read", CHAT, chat.avito.clock() + 3_000, "olga"))

    await requeue_due(chat.account)

    assert await chat.queued() == {"e1"}


def test_an_action_of_a_newer_version_is_read() -> None:
    told = orjson.loads(operator_actions.write(OperatorAction("read", CHAT, 1.0, "olga"))) | {"more": 1}

    assert operator_actions.read(orjson.dumps(told)) == OperatorAction("read", CHAT, 1.0, "olga")
