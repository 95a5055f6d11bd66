"""Assignments: a chat has one operator at most, also with many concurrent requests."""

import asyncio
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from push_gateway.auth import operators, staff
from push_gateway.auth.staff import Operator
from push_gateway.chats import assignments
from shared.redis import keys
from shared.redis.migrations import add_chat_owners
from tests.push_gateway.panel import write
from tests.worker.builders import SELLER
from tests.worker.fake_avito import FakeAvito, make_account
from worker.jobs import prune

pytestmark = pytest.mark.anyio
CHAT = "chat-1"
NAMES = ("Анна", "boris", "o:dd «name»")


async def hire(redis: Redis, *names: str, disabled: bool = False) -> None:
    for name in names:
        made = Operator(name, "operator", "no hash", 1.0, disabled)
        await operators.change(redis, lambda _, made=made: made)  # type: ignore[misc]


async def shown_owner(redis: Redis, chat_id: str = CHAT) -> str | None:
    chat = orjson.loads(await redis.execute_command("HGET", keys.chat(SELLER, chat_id), "json"))
    owner: str | None = chat["owner"]
    return owner


async def listed(redis: Redis, owner: str | None) -> list[str]:
    """The chats in the index of this owner, oldest first."""
    name = keys.assigned(SELLER, owner) if owner else keys.unassigned(SELLER)
    return [chat.decode() for chat in await redis.execute_command("ZRANGE", name, 0, -1)]


async def events(redis: Redis) -> list[dict[str, Any]]:
    return [
        orjson.loads(fields[b"e"])
        for _, fields in await redis.execute_command("XRANGE", keys.JOURNAL, "-", "+")
    ]


async def assign(redis: Redis, owner: str | None, was: str | None) -> tuple[str, str | None]:
    return await assignments.assign(redis, SELLER, CHAT, owner, was)


@pytest.fixture
async def team(store: Redis) -> Redis:
    """One unassigned chat, and operators."""
    await hire(store, *NAMES)
    await write(store, "m1", chat=CHAT)
    return store


async def test_a_new_chat_is_unassigned(team: Redis) -> None:
    assert await shown_owner(team) is None
    assert await listed(team, None) == [CHAT]


@pytest.mark.parametrize("name", NAMES)
async def test_an_assigned_chat_is_shown_listed_and_published(team: Redis, name: str) -> None:
    assert await assign(team, name, None) == ("done", name)

    assert await shown_owner(team) == name
    assert (await listed(team, None), await listed(team, name)) == ([], [CHAT])
    told = (await events(team))[-1]
    assert (told["type"], told["chat_id"], told["chat"]["owner"]) == ("chat", CHAT, name)


async def test_a_lost_race_changes_nothing_and_names_the_winner(team: Redis) -> None:
    await assign(team, "Анна", None)
    before = await events(team)

    assert await assign(team, "boris", None) == ("lost", "Анна")

    assert (await shown_owner(team), await listed(team, "boris")) == ("Анна", [])
    assert await events(team) == before


async def test_assigning_a_chat_to_its_owner_publishes_nothing(team: Redis) -> None:
    await assign(team, "Анна", None)
    before = await events(team)

    assert await assign(team, "Анна", None) == ("done", "Анна")

    assert await events(team) == before


async def test_a_chat_can_be_assigned_to_a_colleague_and_unassigned(team: Redis) -> None:
    await assign(team, "Анна", None)

    assert await assign(team, "boris", "Анна") == ("done", "boris")
    assert (await listed(team, "Анна"), await listed(team, "boris")) == ([], [CHAT])
    assert await assign(team, None, "boris") == ("done", None)
    assert (await listed(team, "boris"), await listed(team, None)) == ([], [CHAT])


async def test_only_an_enabled_operator_can_be_assigned(team: Redis) -> None:
    await hire(team, "gone", disabled=True)

    assert (await assign(team, "gone", None))[0] == "stranger"
    assert (await assign(team, "stranger", None))[0] == "stranger"
    assert await shown_owner(team) is None


async def test_an_unknown_chat_cannot_be_assigned(team: Redis) -> None:
    assert await assignments.assign(team, SELLER, "no such chat", "Анна", None) == ("unknown", None)
    assert await team.exists(keys.chat(SELLER, "no such chat")) == 0


async def test_messages_and_sweeps_keep_the_owner_and_move_the_chat_in_the_index(team: Redis) -> None:
    await write(team, "m2", chat="chat-2", created=1_757_403_800)
    for chat_id in (CHAT, "chat-2"):
        await assignments.assign(team, SELLER, chat_id, "Анна", None)
    assert await listed(team, "Анна") == [CHAT, "chat-2"]

    await write(team, "m3", chat=CHAT, created=1_757_403_900)

    assert await shown_owner(team) == "Анна"
    assert await listed(team, "Анна") == ["chat-2", CHAT]
    assert await listed(team, None) == []


async def test_answering_assigns_an_unassigned_chat_and_no_other(team: Redis) -> None:
    await assignments.take_by_answering(team, SELLER, CHAT, "Анна")
    await assignments.take_by_answering(team, SELLER, CHAT, "boris")

    assert await shown_owner(team) == "Анна"


async def test_the_owner_can_switch_taking_by_answering_off(team: Redis) -> None:
    await team.hset(keys.OPTIONS, assignments.TAKE_BY_ANSWERING, 0)

    await assignments.take_by_answering(team, SELLER, CHAT, "Анна")

    assert await shown_owner(team) is None
    assert (await assign(team, "Анна", None))[0] == "done"


async def test_the_chats_of_a_disabled_operator_are_unassigned(team: Redis) -> None:
    await write(team, "m2", chat="chat-2")
    for chat_id, name in ((CHAT, "Анна"), ("chat-2", "boris")):
        await assignments.assign(team, SELLER, chat_id, name, None)
    await operators.change(team, lambda everyone: staff_without(everyone, "Анна"))

    assert await assignments.unassign_all(team, "Анна") == 1

    assert (await shown_owner(team), await shown_owner(team, "chat-2")) == (None, "boris")
    assert (await events(team))[-1]["chat"]["owner"] is None
    assert await assignments.unassign_all(team, "Анна") == 0


async def test_an_index_with_wrong_chats_does_not_block_disabling_an_operator(team: Redis) -> None:
    await write(team, "m2", chat="chat-2")
    await assignments.assign(team, SELLER, "chat-2", "boris", None)
    for chat_id in (CHAT, "chat-2", "gone"):
        await team.zadd(keys.assigned(SELLER, "Анна"), {chat_id: 1})

    async with asyncio.timeout(20):
        await assignments.unassign_all(team, "Анна")

    assert await listed(team, "Анна") == []
    assert (await shown_owner(team), await shown_owner(team, "chat-2")) == (None, "boris")


def staff_without(everyone: staff.Staff, name: str) -> Operator:
    return Operator(name, "operator", everyone[name].password_hash, 1.0, disabled=True)


async def test_a_pruned_chat_leaves_the_index_of_its_owner(real_redis: Redis) -> None:
    now = FakeAvito().clock()
    await hire(real_redis, "Анна")
    for chat_id in ("old", "older"):
        await write(real_redis, chat_id, chat=chat_id, created=now - 181 * prune.DAY_S)
    await assignments.assign(real_redis, SELLER, "old", "Анна", None)

    await prune.prune(make_account(real_redis, FakeAvito()))

    assert (await listed(real_redis, "Анна"), await listed(real_redis, None)) == ([], [])


async def test_data_from_before_assignments_is_upgraded_and_nothing_else_changes(store: Redis) -> None:
    await write(store, "m1", chat=CHAT)
    await write(store, "m2", chat="chat-2")
    name = keys.chat(SELLER, CHAT)
    shown: bytes = await store.execute_command("HGET", name, "json")
    before = shown.replace(b',"owner":null', b"").replace(b',"buying":false', b"")
    await store.execute_command("HSET", name, "json", before)
    await store.execute_command("HDEL", name, "owner")
    await store.execute_command("DEL", keys.unassigned(SELLER))

    await add_chat_owners(store)
    await add_chat_owners(store)

    assert await store.execute_command("HGET", name, "json") == shown.replace(b',"buying":false', b"")
    assert await listed(store, None) == [CHAT]
    told = len(await events(store))
    await write(store, "m1", chat=CHAT)
    assert len(await events(store)) == told


Wish = tuple[int, int, int]
"""Which operator, the owner it assumes (-1: the present one, 0: none), and the new owner (0: none)."""
WHO = (None, *NAMES)


@given(
    crowds=st.lists(
        st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=6), max_size=8
    )
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_journal_orders_concurrent_assignments(
    real_redis: Redis, crowds: list[list[tuple[int, int]]]
) -> None:
    """Concurrent assignments: an owner changes only from the one that the winner saw; all indexes agree."""
    await real_redis.flushall()
    await real_redis.connection_pool.disconnect()
    await hire(real_redis, *NAMES)
    await write(real_redis, "m1", chat=CHAT)
    for crowd in crowds:
        before = await shown_owner(real_redis)
        seen = len(await events(real_redis))
        results = await asyncio.gather(*(assign(real_redis, WHO[to], WHO[was]) for to, was in crowd))
        told = [event["chat"]["owner"] for event in (await events(real_redis))[seen:]]
        won = [wish for wish, (verdict, _) in zip(crowd, results, strict=True) if verdict == "done"]
        moves = list(pairwise([before, *told]))

        assert all((WHO.index(to), WHO.index(was)) in won for was, to in moves)
        assert await shown_owner(real_redis) == [before, *told][-1]
        assert [await listed(real_redis, who) for who in WHO] == [
            [CHAT] if who == [before, *told][-1] else [] for who in WHO
        ]


async def test_of_twenty_concurrent_assignments_exactly_one_wins(real_redis: Redis) -> None:
    crowd = [f"operator {number}" for number in range(20)]
    await hire(real_redis, *crowd)
    await write(real_redis, "m1", chat=CHAT)

    results = await asyncio.gather(*(assign(real_redis, name, None) for name in crowd))

    winners = [name for name, (verdict, _) in zip(crowd, results, strict=True) if verdict == "done"]
    assert winners == [await shown_owner(real_redis)]
    assert {result for result in results if result[0] == "lost"} == {("lost", winners[0])}


async def test_an_operator_disabled_during_an_assignment_keeps_no_chat(real_redis: Redis) -> None:
    await hire(real_redis, "Анна")
    for number in range(20):
        await write(real_redis, f"m{number}", chat=f"chat-{number}")

    async def shut_out() -> None:
        await operators.change(real_redis, lambda everyone: staff_without(everyone, "Анна"))
        await assignments.unassign_all(real_redis, "Анна")

    taking = (assignments.assign(real_redis, SELLER, f"chat-{n}", "Анна", None) for n in range(20))
    await asyncio.gather(*taking, shut_out())

    assert await listed(real_redis, "Анна") == []
    assert len(await listed(real_redis, None)) == 20


async def test_any_number_of_chats_of_an_operator_is_unassigned(real_redis: Redis) -> None:
    await hire(real_redis, *NAMES)
    chats = [f"many-{number}" for number in range(230)]
    for chat in chats:
        await write(real_redis, f"m-{chat}", chat=chat)
        await assignments.assign(real_redis, SELLER, chat, NAMES[1], None)

    assert await assignments.unassign_all(real_redis, NAMES[1]) == len(chats)

    assert await listed(real_redis, NAMES[1]) == []
    assert sorted(await listed(real_redis, None)) == sorted(chats)
