import time
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from shared.redis import keys
from worker.avito.backpressure import Denied, Ended, Health, Limits, health_after, health_words
from worker.avito.rate_limit import (
    Backpressure,
    CallRateLimiter,
    OptionalRedis,
    Permit,
    Priority,
)
from worker.avito.requests import CHATS

pytestmark = pytest.mark.anyio

NOW = 1_757_403_725.0
NOTHING_KNOWN = Permit()
PER_MINUTE = 60  # a bucket of 12 calls, refilled by 0.8 a second


def make_limiter(redis: Redis, per_minute: int) -> CallRateLimiter:
    return CallRateLimiter(OptionalRedis(redis, time.monotonic), per_minute)


async def take(store: Redis, priority: Priority = Priority.REPLY, after: float = 0.0) -> Permit:
    return await make_limiter(store, PER_MINUTE).take(priority, 0.0, at=NOW + after)


async def take_all(store: Redis, priority: Priority, after: float = 0.0) -> int:
    """Take until no permit is left; returns how many there were."""
    taken = 0
    while (await take(store, priority, after)).verdict == "go":
        taken += 1
    return taken


async def apply(store: Redis, permit: Permit = NOTHING_KNOWN, after: float = 0.0, **changes: Any) -> None:
    pressure = replace(Backpressure(permit.health, "", 0.0, 0.0, 0, Limits()), **changes)
    pressure = replace(pressure, shown=health_words(pressure.health, NOW))
    await make_limiter(store, PER_MINUTE).apply(permit, pressure, 0.0, at=NOW + after)


async def test_no_minute_sees_more_calls_than_allowed(store: Redis) -> None:
    taken = [await take_all(store, Priority.REPLY, second) for second in range(180)]

    assert taken[0] == 12
    assert max(sum(taken[start : start + 60]) for start in range(120)) <= PER_MINUTE
    assert sum(taken) > 2 * PER_MINUTE


@pytest.mark.parametrize("per_minute", [1, 2, 5, 7])
async def test_also_a_tiny_limit_serves_every_class(store: Redis, per_minute: int) -> None:
    limiter = make_limiter(store, per_minute)

    for n, priority in enumerate(Priority):
        assert (await limiter.take(priority, 0, at=NOW + 300 * n)).verdict == "go"


async def test_lower_classes_leave_a_reserve_for_higher_ones(store: Redis) -> None:
    taken = [await take_all(store, priority) for priority in reversed(Priority)]

    assert taken == [4, 2, 2, 1, 1, 2]


async def test_a_sweep_can_never_starve_a_reply(store: Redis) -> None:
    for second in range(60):
        await take_all(store, Priority.SWEEP, second)

    assert (await take(store, Priority.REPLY, 59)).verdict == "go"


async def test_a_caller_that_waits_as_long_as_it_was_told_may_go(store: Redis) -> None:
    await take_all(store, Priority.SWEEP)

    told = await take(store, Priority.SWEEP)

    assert (told.verdict, (await take(store, Priority.SWEEP, told.wait_s - 0.05)).verdict) == (
        "budget",
        "budget",
    )
    assert (await take(store, Priority.SWEEP, told.wait_s + 0.05)).verdict == "go"


async def test_a_clock_that_was_set_back_neither_adds_calls_nor_blocks_them(store: Redis) -> None:
    await take_all(store, Priority.REPLY)

    assert (await take(store, Priority.REPLY, -86_400)).verdict == "budget"
    assert (await take(store, Priority.REPLY, -86_400 + 3)).verdict == "go"


async def test_a_clock_set_back_half_an_hour_waits_for_no_open_circuit(store: Redis) -> None:
    await take(store)
    await apply(store, open_s=30.0, health=Health(failures=5, since=NOW))

    assert (await take(store, after=-1800)).verdict == "go"


async def test_a_clock_set_back_half_an_hour_waits_for_no_pause(store: Redis) -> None:
    await take(store)
    await apply(store, pause_s=30.0)

    assert [(await take(store, after=-1800 + n)).verdict for n in range(2)] == ["go", "go"]


async def test_a_pause_holds_for_every_class_also_for_replies(store: Redis) -> None:
    await apply(store, pause_s=30.0)

    assert await take(store, Priority.REPLY, 10) == Permit(20.0, "pause", shown="ok")
    assert (await take(store, Priority.REPLY, 31)).verdict == "go"


async def test_a_shorter_pause_does_not_end_a_longer_one(store: Redis) -> None:
    await apply(store, pause_s=30.0)
    await apply(store, pause_s=5.0)

    assert (await take(store, Priority.REPLY, 10)).verdict == "pause"


async def test_no_more_calls_are_made_than_avito_says_are_left(store: Redis) -> None:
    await take(store)
    await apply(store, limits=Limits(remaining=2))

    assert await take_all(store, Priority.REPLY) == 2


async def test_a_lower_limit_of_avitos_holds_for_all_for_two_minutes(store: Redis) -> None:
    await apply(store, limits=Limits(per_minute=10))

    assert await take_all(store, Priority.REPLY) == 2
    assert await take_all(store, Priority.REPLY, 119) == 2
    assert await take_all(store, Priority.REPLY, 240) == 12


async def test_a_higher_limit_of_avitos_does_not_raise_ours(store: Redis) -> None:
    await apply(store, limits=Limits(per_minute=9999))

    assert await take_all(store, Priority.REPLY) == 12


async def test_an_open_circuit_lets_one_probe_pass_at_a_time(store: Redis) -> None:
    down = Health(failures=5, since=NOW)
    await apply(store, health=down, open_s=4.0)

    waiting = await take(store, after=1)
    probe, other = await take(store, after=5), await take(store, after=5)

    assert waiting == Permit(3.0, "down", health=down, shown=f"down since {NOW:.0f}")
    assert (probe.verdict, other.verdict, other.wait_s) == ("go", "down", 1.0)


async def test_a_lost_probe_is_followed_by_another(store: Redis) -> None:
    await apply(store, health=Health(failures=5, since=NOW), open_s=4.0)
    await take(store, after=5)

    assert (await take(store, after=20)).verdict == "go"


async def test_a_successful_probe_closes_the_circuit(store: Redis) -> None:
    await apply(store, health=Health(failures=5, since=NOW), open_s=4.0)
    probe = await take(store, after=5)

    await apply(store, probe, 6, health=Health())

    assert [(await take(store, after=6)).verdict for _ in range(3)] == ["go"] * 3


async def test_the_status_is_told_how_avito_is(store: Redis) -> None:
    await apply(store, health=Health(denied=Denied("send", NOW)))

    assert await store.hget(keys.FACTS, "avito") == b"not paid"


@pytest.mark.parametrize("denied", [None, Denied("send", NOW), Denied("chats", NOW, 403)])
async def test_a_permit_says_what_is_known_of_avito(store: Redis, denied: Denied | None) -> None:
    health = Health(failures=2, since=NOW, denied=denied, refused=True)
    await apply(store, health=health, denials=3)

    permit = await take(store)

    assert (permit.health, permit.denials, permit.shown) == (health, 3, "keys refused")


async def test_nothing_is_written_when_nothing_is_new(store: Redis) -> None:
    await apply(store, health=Health())
    permit = await take(store)
    await store.hset(keys.FACTS, "avito", "untouched")

    await apply(store, permit)

    assert await store.hget(keys.FACTS, "avito") == b"untouched"


async def test_the_clock_of_redis_counts(store: Redis) -> None:
    limiter = make_limiter(store, 5)

    assert [(await limiter.take(Priority.REPLY, 0)).verdict for _ in range(2)] == ["go", "budget"]


async def test_two_workers_share_one_limit(store: Redis) -> None:
    one, other = make_limiter(store, PER_MINUTE), make_limiter(store, PER_MINUTE)
    permits = [await (one, other)[n % 2].take(Priority.REPLY, 0, at=NOW) for n in range(20)]

    assert sum(permit.verdict == "go" for permit in permits) == 12


async def test_without_redis_a_process_limits_itself_and_keeps_pauses(redis_away: Redis) -> None:
    limiter = make_limiter(redis_away, PER_MINUTE)

    first, second, third = [await limiter.take(Priority.SWEEP, now) for now in (100.0, 100.2, 101.1)]
    await limiter.apply(third, Backpressure(Health(), "ok", 30.0, 0.0, 1, Limits()), 101.1)
    paused = await limiter.take(Priority.REPLY, 102.1)

    assert [permit.verdict for permit in (first, second, third, paused)] == ["go", "budget", "go", "budget"]
    assert [second.wait_s, paused.wait_s] == pytest.approx([0.8, 29])


async def test_what_an_older_version_noted_as_not_paid_ends_with_the_next_call(store: Redis) -> None:
    await store.hset(keys.AVITO_RATE_LIMIT, "unpaid", "blacklist")

    permit = await take(store)

    assert health_after(permit.health, Ended(CHATS, None, NOW, NOW)) == Health()
