import time
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from shared.redis import keys
from worker.avito.backpressure import Health, Limits, after, words
from worker.avito.rate_limit import Budget, CallPauses, Heed, Permit, Priority, Reach
from worker.avito.requests import CHATS

pytestmark = pytest.mark.anyio

NOW = 1_757_403_725.0
NOTHING_KNOWN = Permit()
PER_MINUTE = 60  # a bucket of 12 calls, refilled by 0.8 a second


def make_budget(redis: Redis, per_minute: int) -> Budget:
    return Budget(Reach(redis, time.monotonic), per_minute)


async def take(store: Redis, priority: Priority = Priority.REPLY, after: float = 0.0) -> Permit:
    return await make_budget(store, PER_MINUTE).take(priority, 0.0, at=NOW + after)


async def take_all(store: Redis, priority: Priority, after: float = 0.0) -> int:
    """Take until there is no leave; returns how many there were."""
    taken = 0
    while (await take(store, priority, after)).why == "go":
        taken += 1
    return taken


async def heed(store: Redis, leave: Permit = NOTHING_KNOWN, after: float = 0.0, **said: Any) -> None:
    heeded = replace(Heed(leave.health, 0.0, 0.0, 0, Limits()), **said)
    await make_budget(store, PER_MINUTE).heed(leave, heeded, 0.0, at=NOW + after)


async def test_no_minute_sees_more_calls_than_allowed(store: Redis) -> None:
    taken = [await take_all(store, Priority.REPLY, second) for second in range(180)]

    assert taken[0] == 12
    assert max(sum(taken[start : start + 60]) for start in range(120)) <= PER_MINUTE
    assert sum(taken) > 2 * PER_MINUTE


@pytest.mark.parametrize("per_minute", [1, 2, 5, 7])
async def test_also_a_tiny_budget_serves_every_class(store: Redis, per_minute: int) -> None:
    budget = make_budget(store, per_minute)

    for n, priority in enumerate(Priority):
        assert (await budget.take(priority, 0, at=NOW + 300 * n)).why == "go"


async def test_lower_classes_leave_a_reserve_for_higher_ones(store: Redis) -> None:
    taken = [await take_all(store, priority) for priority in reversed(Priority)]

    assert taken == [4, 2, 2, 1, 1, 2]


async def test_a_sweep_can_never_starve_a_reply(store: Redis) -> None:
    for second in range(60):
        await take_all(store, Priority.SWEEP, second)

    assert (await take(store, Priority.REPLY, 59)).why == "go"


async def test_who_waits_so_long_as_told_may_go(store: Redis) -> None:
    await take_all(store, Priority.SWEEP)

    told = await take(store, Priority.SWEEP)

    assert (told.why, (await take(store, Priority.SWEEP, told.wait_s - 0.05)).why) == ("budget", "budget")
    assert (await take(store, Priority.SWEEP, told.wait_s + 0.05)).why == "go"


async def test_a_clock_set_back_gives_no_calls_away_and_holds_none_back(store: Redis) -> None:
    await take_all(store, Priority.REPLY)

    assert (await take(store, Priority.REPLY, -86_400)).why == "budget"
    assert (await take(store, Priority.REPLY, -86_400 + 3)).why == "go"


async def test_a_clock_set_back_half_an_hour_stands_behind_no_open_circuit(store: Redis) -> None:
    await take(store)
    await heed(store, open_s=30.0, health=Health(failures=5, since=NOW))

    assert (await take(store, after=-1800)).why == "go"


async def test_a_clock_set_back_half_an_hour_stands_behind_no_pause(store: Redis) -> None:
    await take(store)
    await heed(store, pause_s=30.0)

    assert [(await take(store, after=-1800 + n)).why for n in range(2)] == ["go", "go"]


async def test_a_pause_holds_for_everybody_also_for_replies(store: Redis) -> None:
    await heed(store, pause_s=30.0)

    assert await take(store, Priority.REPLY, 10) == Permit(20.0, "pause", shown="ok")
    assert (await take(store, Priority.REPLY, 31)).why == "go"


async def test_a_shorter_pause_does_not_end_a_longer_one(store: Redis) -> None:
    await heed(store, pause_s=30.0)
    await heed(store, pause_s=5.0)

    assert (await take(store, Priority.REPLY, 10)).why == "pause"


async def test_calls_left_as_avito_says_are_all_that_is_left(store: Redis) -> None:
    await take(store)
    await heed(store, limits=Limits(remaining=2))

    assert await take_all(store, Priority.REPLY) == 2


async def test_a_lower_limit_of_avitos_holds_for_all_for_two_minutes(store: Redis) -> None:
    await heed(store, limits=Limits(per_minute=10))

    assert await take_all(store, Priority.REPLY) == 2
    assert await take_all(store, Priority.REPLY, 119) == 2
    assert await take_all(store, Priority.REPLY, 240) == 12


async def test_a_higher_limit_of_avitos_does_not_raise_ours(store: Redis) -> None:
    await heed(store, limits=Limits(per_minute=9999))

    assert await take_all(store, Priority.REPLY) == 12


async def test_an_open_circuit_lets_one_probe_pass_at_a_time(store: Redis) -> None:
    down = Health(failures=5, since=NOW)
    await heed(store, health=down, open_s=4.0)

    waiting = await take(store, after=1)
    probe, other = await take(store, after=5), await take(store, after=5)

    assert waiting == Permit(3.0, "down", health=down, shown=f"down since {NOW:.0f}")
    assert (probe.why, other.why, other.wait_s) == ("go", "down", 1.0)


async def test_a_probe_that_never_came_back_is_followed_by_another(store: Redis) -> None:
    await heed(store, health=Health(failures=5, since=NOW), open_s=4.0)
    await take(store, after=5)

    assert (await take(store, after=20)).why == "go"


async def test_a_probe_that_comes_back_well_closes_the_circuit(store: Redis) -> None:
    await heed(store, health=Health(failures=5, since=NOW), open_s=4.0)
    probe = await take(store, after=5)

    await heed(store, probe, 6, health=Health())

    assert [(await take(store, after=6)).why for _ in range(3)] == ["go"] * 3


async def test_the_fact_is_there_for_the_status(store: Redis) -> None:
    await heed(store, health=Health(unpaid=("send", NOW)))

    assert await store.hget(keys.FACTS, "avito") == b"not paid"  # type: ignore[misc] # untyped in redis-py


async def test_a_leave_says_what_is_known_of_avito(store: Redis) -> None:
    health = Health(failures=2, since=NOW, unpaid=("send", NOW), refused=True)
    await heed(store, health=health, denials=3)

    leave = await take(store)

    assert (leave.health, leave.denials, leave.shown) == (health, 3, "keys refused")


async def test_nothing_new_is_not_written(store: Redis) -> None:
    await heed(store, health=Health())
    leave = await take(store)
    await store.hset(keys.FACTS, "avito", "untouched")  # type: ignore[misc] # untyped in redis-py

    await heed(store, leave)

    assert await store.hget(keys.FACTS, "avito") == b"untouched"  # type: ignore[misc] # untyped in redis-py


async def test_redis_own_clock_is_the_one_that_counts(store: Redis) -> None:
    budget = make_budget(store, 5)

    assert [(await budget.take(Priority.REPLY, 0)).why for _ in range(2)] == ["go", "budget"]


async def test_two_workers_share_one_budget(store: Redis) -> None:
    one, other = make_budget(store, PER_MINUTE), make_budget(store, PER_MINUTE)
    leaves = [await (one, other)[n % 2].take(Priority.REPLY, 0, at=NOW) for n in range(20)]

    assert sum(leave.why == "go" for leave in leaves) == 12


async def test_without_redis_a_process_paces_itself_and_heeds_pauses(redis_away: Redis) -> None:
    budget = make_budget(redis_away, PER_MINUTE)

    first, second, third = [await budget.take(Priority.SWEEP, now) for now in (100.0, 100.2, 101.1)]
    await budget.heed(third, Heed(Health(), 30.0, 0.0, 1, Limits()), 101.1)
    paused = await budget.take(Priority.REPLY, 102.1)

    assert [leave.why for leave in (first, second, third, paused)] == ["go", "budget", "go", "budget"]
    assert [second.wait_s, paused.wait_s] == pytest.approx([0.8, 29])


@given(st.lists(st.floats(0, 3), max_size=30), st.floats(0.01, 2))
def test_a_pace_keeps_its_gap(steps: list[float], gap: float) -> None:
    pace, now, went = CallPauses(gap), 0.0, []
    for step in steps:
        now += step
        if not pace.take(now):
            went.append(now)

    assert all(later >= earlier + gap for earlier, later in pairwise(went))


async def test_what_an_older_version_noted_as_not_paid_ends_with_the_next_call(store: Redis) -> None:
    await store.hset(keys.AVITO_BUDGET, "unpaid", "blacklist")  # type: ignore[misc]

    leave = await take(store)

    assert words(after(leave.health, CHATS, None, NOW)) == "ok"
