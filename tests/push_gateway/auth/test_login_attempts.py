"""Login attempts: only failures count, until their window ends."""

import pytest
from redis.asyncio import Redis

from push_gateway.auth import login_attempts
from push_gateway.auth.login_attempts import (
    BY_ADDRESS,
    BY_NAME,
    BY_WIDER,
    JUDGED_WITHIN,
    WINDOW,
    LoginOutcome,
)
from shared.redis import keys

pytestmark = pytest.mark.anyio
OFFICE = "203.0.113.5"


async def login(redis: Redis, outcome: LoginOutcome, name: str = "olga", address: str = OFFICE) -> int | None:
    """One try, judged at once; returns the wait it was told."""
    limits = login_attempts.limits(address, name)
    wait = await login_attempts.take(redis, limits)
    if wait is None:
        await login_attempts.judge(redis, limits, outcome)
    return wait


async def end_window(redis: Redis) -> None:
    for key in await redis.keys(keys.login_attempts("*")):
        await redis.delete(key)


async def lives(redis: Redis) -> list[int]:
    return [await redis.ttl(key) for key in await redis.keys(keys.login_attempts("*"))]


async def counted(redis: Redis) -> dict[bytes, dict[bytes, bytes]]:
    return {key: await redis.execute_command("HGETALL", key) for key in await redis.keys()}


@pytest.mark.parametrize("outcome", ["right", "wrong", "unjudged"])
async def test_an_attempt_judged_after_its_window_leaves_no_count_without_expiry(
    store: Redis, outcome: LoginOutcome
) -> None:
    limits = login_attempts.limits(OFFICE, "olga")
    assert await login_attempts.take(store, limits) is None
    assert await login_attempts.take(store, limits) is None
    await end_window(store)

    await login_attempts.judge(store, limits, outcome)

    assert all(0 < life <= WINDOW for life in await lives(store))
    for number in range(BY_ADDRESS + 2):
        await login(store, "wrong", f"name-{number}")
    assert all(0 < life <= WINDOW for life in await lives(store))


async def test_refused_attempts_do_not_count(store: Redis) -> None:
    for _ in range(BY_NAME):
        assert await login(store, "wrong") is None
    before = await counted(store)

    waits = [await login(store, "wrong") for _ in range(30)]

    assert all(wait is not None and 0 < wait <= WINDOW for wait in waits)
    assert await counted(store) == before
    assert await login(store, "right", "another") is None


async def test_right_passwords_never_lock_an_address_and_the_wait_told_is_short(store: Redis) -> None:
    at_once = [login_attempts.limits(OFFICE, f"name-{number}") for number in range(2 * BY_ADDRESS)]

    waits = [await login_attempts.take(store, limits) for limits in at_once]

    assert waits == [None] * BY_ADDRESS + [JUDGED_WITHIN] * BY_ADDRESS
    for limits in at_once[:BY_ADDRESS]:
        await login_attempts.judge(store, limits, "right")
    assert [await login(store, "right", f"name-{number}") for number in range(100)] == [None] * 100


async def test_a_right_password_among_wrong_ones_does_not_free_the_address(store: Redis) -> None:
    for number in range(BY_ADDRESS):
        assert await login(store, "wrong", f"name-{number}") is None
        if number < BY_ADDRESS - 1:
            assert await login(store, "right") is None

    assert await login(store, "right") is not None


async def test_an_attempt_that_was_never_judged_is_given_back(store: Redis) -> None:
    assert [await login(store, "unjudged") for _ in range(3 * BY_ADDRESS)] == [None] * (3 * BY_ADDRESS)
    assert await lives(store) == []


@pytest.mark.parametrize(
    ("address", "most", "elsewhere"),
    [
        ("2001:db8:1:2{:02x}::1", BY_ADDRESS, "2001:db8:1:300::1"),
        ("2001:db8:1:{:02x}00::1", BY_WIDER, "2001:db8:2::1"),
        ("203.0.113.{}", BY_WIDER, "203.0.114.1"),
    ],
    ids=["a /56", "a /48", "a /24"],
)
async def test_the_addresses_of_one_network_have_no_more_attempts_together(
    store: Redis, address: str, most: int, elsewhere: str
) -> None:
    waits = [await login(store, "wrong", f"n{number}", address.format(number)) for number in range(most + 10)]

    assert [wait is None for wait in waits] == [True] * most + [False] * 10
    assert await login(store, "right", "n1", elsewhere) is None
