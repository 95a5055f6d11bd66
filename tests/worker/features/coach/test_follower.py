"""Each first answer is stored once, in any order of arrival and after any number of looks."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from shared.redis import keys
from shared.redis.lease import LostLeaseError
from shared.wires import first_answers
from testbed import RedisServer
from tests.support.emptied import emptied
from tests.support.forgetting import forget
from tests.worker.builders import BUYER, CHAT, SELLER, make_message
from tests.worker.outbox.lost_tail import lose_tail, take_snapshot
from worker.accounts.context import AccountContext
from worker.features.coach.answers import FirstAnswer, ThreadAnswers
from worker.features.coach.follower import Follower
from worker.features.coach.repository import KEPT_S, AnswerRepository
from worker.jobs.prune import DAY_S, prune
from worker.messages.commit import Change, commit
from worker.messages.message import Message

pytestmark = pytest.mark.anyio
NOW = 1_757_403_800.0
LEASE = keys.lease("watch")
Told = dict[str, tuple[float, float, str | None]]


def follower(redis: Redis, keep: int = 200, owner: str = "one") -> Follower:
    account = AccountContext(cast("Any", redis), cast("Any", None), SELLER, keep, clock=lambda: NOW)
    return Follower(account, AnswerRepository(redis, SELLER, LEASE, owner))


async def hold(redis: Redis, owner: str = "one") -> None:
    await redis.set(LEASE, owner)


async def put(redis: Redis, *messages: Message, keep: int = 200, **more: Any) -> None:
    for message in messages:
        await commit(redis, Change(SELLER, CHAT, (message,), "webhook", **more), NOW, keep)


async def told(redis: Redis) -> Told:
    """What is written down, by the message the wait began with; both records agree."""
    values: dict[bytes, bytes] = await redis.execute_command("HGETALL", keys.first_answers(SELLER))
    times = await redis.execute_command("ZRANGE", keys.first_answer_times(SELLER), 0, -1)
    assert set(times) == set(values)
    return {
        name.decode().removeprefix(f"{CHAT} "): first_answers.read(value) for name, value in values.items()
    }


def asks(number: int, **more: Any) -> Message:
    return make_message(f"m{number}", created=NOW - 1000 + number, **more)


def answers(number: int, operator: str | None = None) -> Message:
    own = b'{"operator":%b}' % orjson.dumps(operator) if operator else b"null"
    return replace(make_message(f"m{number}", created=NOW - 1000 + number, author=SELLER), own=own)


async def test_an_answer_is_stored_with_its_operator(store: Redis) -> None:
    await hold(store)
    one = follower(store)
    await put(store, asks(1), asks(2))
    await one.journal.look()
    await put(store, answers(61, "olga"), asks(70), answers(80))
    while await one.journal.look():
        pass

    assert await told(store) == {
        "m1": (NOW - 999, NOW - 939, "olga"),
        "m70": (NOW - 930, NOW - 920, None),
    }


async def test_a_pruned_chat_begins_again_when_the_buyer_is_back(store: Redis) -> None:
    await hold(store)
    one = follower(store)
    await put(store, make_message("old", created=NOW - 200 * DAY_S))
    await prune(replace(one.account, clock=lambda: NOW - 10))
    await put(store, asks(1), answers(61, "olga"))
    while await one.journal.look():
        pass

    assert await told(store) == {"m1": (NOW - 999, NOW - 939, "olga")}


async def test_answers_after_a_lost_tail_count_also_when_it_was_lost_during_a_look(
    real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hold(real_redis)
    one = follower(real_redis)
    await put(real_redis, asks(1))
    await one.journal.look()
    before = await take_snapshot(real_redis)
    await put(real_redis, answers(61, "olga"))
    store_as_it_is = AnswerRepository.store

    async def store_as_redis_fails(*arguments: Any) -> None:
        await store_as_it_is(*arguments)
        monkeypatch.setattr(AnswerRepository, "store", store_as_it_is)
        await lose_tail(real_redis, before)

    monkeypatch.setattr(AnswerRepository, "store", store_as_redis_fails)
    while await one.journal.look():
        pass
    await put(real_redis, answers(71, "petr"))
    elsewhere = replace(asks(80), chat_id="u2i-other")
    await commit(real_redis, Change(SELLER, "u2i-other", (elsewhere,), "webhook"), NOW, 200)
    while await one.journal.look():
        pass

    assert await told(real_redis) == {"m1": (NOW - 999, NOW - 929, "petr")}


async def test_a_late_message_corrects_a_stored_answer(store: Redis) -> None:
    await hold(store)
    one = follower(store)
    await put(store, asks(10), answers(60))
    await one.journal.look()
    assert set(await told(store)) == {"m10"}

    await put(store, asks(5))
    await one.journal.look()
    assert await told(store) == {"m5": (NOW - 995, NOW - 940, None)}

    await put(store, asks(5, type="deleted", content={}), answers(20))
    await one.journal.look()
    assert await told(store) == {"m10": (NOW - 990, NOW - 980, None)}


async def test_an_answer_stays_stored_when_its_messages_are_pruned(store: Redis) -> None:
    await hold(store)
    one = follower(store, keep=4)
    for at in range(0, 60, 10):
        await put(store, asks(at), answers(at + 5), keep=4)
        await one.journal.look()

    before = await told(store)
    await follower(store, keep=4).recount()

    assert set(before) == {f"m{at}" for at in range(0, 60, 10)}
    assert await told(store) == before


async def test_after_the_journal_was_cut_the_threads_are_read(store: Redis) -> None:
    await hold(store)
    one = follower(store)
    await one.journal.look()
    await put(store, asks(1), answers(5), asks(10), answers(15))
    await store.xtrim(keys.JOURNAL, maxlen=1, approximate=False)
    await one.journal.look()

    assert set(await told(store)) == {"m1", "m10"}
    await put(store, asks(20), answers(25))
    await one.journal.look()
    assert set(await told(store)) == {"m1", "m10", "m20"}


async def test_events_that_are_numbered_again_after_a_lost_tail_count(store: Redis) -> None:
    one = follower(store)
    await hold(store)
    await put(store, asks(1), answers(5))
    await one.journal.look()
    await store.flushall()

    await hold(store)
    await store.execute_command("HSET", keys.STATE, "epoch", "the next")
    await put(store, asks(10), answers(15))
    other = replace(make_message("m20"), chat_id="another")
    await commit(store, Change(SELLER, "another", (other,), "webhook"), NOW, 200)
    await one.journal.look()

    assert set(await told(store)) == {"m10"}


async def test_a_quiet_import_is_counted_too(store: Redis) -> None:
    await hold(store)
    one = follower(store)
    await one.journal.look()
    change = Change(SELLER, CHAT, (asks(1), answers(5)), "sweep", quiet=True)
    await commit(store, change, NOW, 200)
    await one.journal.look()

    assert set(await told(store)) == {"m1"}


async def test_a_worker_that_lost_the_lease_stores_nothing(store: Redis) -> None:
    await hold(store, "another")
    await put(store, asks(1), answers(5))

    with pytest.raises(LostLeaseError):
        await follower(store).journal.look()

    assert await told(store) == {}
    assert not await store.exists(keys.journal_positions(SELLER))
    await hold(store, "one")
    await follower(store).journal.look()
    assert set(await told(store)) == {"m1"}


async def test_nothing_is_stored_of_a_chat_that_was_forgotten_while_it_was_read(real_redis: Redis) -> None:
    await hold(real_redis)
    await put(real_redis, asks(1), answers(5))
    found = ThreadAnswers((FirstAnswer("m1", NOW - 999, NOW - 995, None),), ())
    await forget(real_redis, (SELLER, CHAT), NOW)

    await AnswerRepository(real_redis, SELLER, LEASE, "one").store(CHAT, found, NOW)

    assert await told(real_redis) == {}


async def test_after_a_chat_was_forgotten_its_next_wait_counts(real_redis: Redis) -> None:
    await hold(real_redis)
    await put(real_redis, asks(1))
    await forget(real_redis, (SELLER, CHAT), NOW - 950)
    await put(real_redis, asks(2), asks(60), asks(70), answers(90, "olga"))

    await follower(real_redis).recount()

    assert await told(real_redis) == {"m60": (NOW - 940, NOW - 910, "olga")}


async def test_only_known_waits_count_in_a_new_chat_that_grew_too_long(real_redis: Redis) -> None:
    await hold(real_redis)
    await put(real_redis, asks(1))
    await forget(real_redis, (SELLER, CHAT), NOW - 950)
    await put(real_redis, *(asks(number) for number in range(60, 66)), answers(90), keep=3)

    await follower(real_redis, keep=3).recount()

    assert await told(real_redis) == {}


async def test_answers_that_are_too_old_are_dropped_and_the_newest_stay(
    store: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.features.coach.repository.MOST", 3)
    await hold(store)
    await put(store, asks(1))
    repository = AnswerRepository(store, SELLER, LEASE, "one")
    for day in (0, 1, 2, 3, 4):
        begin = NOW + day * 86_400.0
        await repository.store(
            CHAT, ThreadAnswers((FirstAnswer(f"m{day}", begin, begin + 5, None),), ()), begin
        )
    assert set(await told(store)) == {"m2", "m3", "m4"}

    later = NOW + 3.5 * 86_400 + KEPT_S
    await repository.store(CHAT, ThreadAnswers((), ("m9",)), later)

    assert set(await told(store)) == {"m4"}


def message_of(number: int, form: str) -> Message:
    """One of eight messages, as one of its reports tells it."""
    if number in (2, 5, 7):
        return answers(number, "olga" if form == "reply" else None)
    if form == "deletion":
        return asks(number, type="deleted", content={})
    return asks(number, author=BUYER, asof=50.0 if form == "sweep" else 0.0)


reports = st.lists(
    st.builds(message_of, st.integers(0, 8), st.sampled_from(["webhook", "sweep", "reply", "deletion"])),
    max_size=14,
)


async def _followed(redis_server: RedisServer, messages: Sequence[Message], looks: frozenset[int]) -> Told:
    """Commit one after the other, and look after some of them and at the end."""
    async with emptied(redis_server) as redis:
        await hold(redis)
        for number, message in enumerate(messages):
            await put(redis, message)
            if number in looks:
                await follower(redis).journal.look()
        await follower(redis).journal.look()
        live = await told(redis)
        await redis.delete(
            keys.first_answers(SELLER), keys.first_answer_times(SELLER), keys.journal_positions(SELLER)
        )
        await follower(redis).recount()
        assert await told(redis) == live
        return live


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(reports, st.randoms(use_true_random=False), st.frozensets(st.integers(0, 28), max_size=8))
def test_any_order_of_arrival_and_a_recount_give_the_same_answers(
    redis_server: RedisServer, messages: list[Message], chance: Any, looks: frozenset[int]
) -> None:
    shuffled = messages * 2
    chance.shuffle(shuffled)

    assert asyncio.run(_followed(redis_server, shuffled, looks)) == asyncio.run(
        _followed(redis_server, messages, frozenset())
    )
