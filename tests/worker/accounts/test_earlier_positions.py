"""A follower goes on where the version before ended, however that one saved its position."""

from typing import Any

import pytest
from redis.asyncio import Redis

from shared.redis import keys
from tests.worker.accounts.following import Listener, journal, saved

pytestmark = pytest.mark.anyio

EARLIER: dict[str, tuple[Any, ...]] = {
    "coach": ("SET", "avito:301200100:coached", 2),
    "forwarding": ("SET", "avito:forwarded", 2),
    "search": ("HSET", "avito:301200100:words-place", "epoch", "epoch-0", "seq", 2, "changes", 9),
}


@pytest.fixture(params=EARLIER)
async def follower(request: pytest.FixtureRequest, store: Redis) -> Listener:
    """A follower at its first start after the upgrade; two of three events were handled before."""
    await journal(store, "a", "b", "c")
    await store.execute_command(*EARLIER[request.param])
    return Listener(store, name=request.param)


async def test_the_first_look_skips_and_repeats_nothing(store: Redis, follower: Listener) -> None:
    await follower.catch_up()

    assert (follower.heard, follower.gaps) == (["c"], [])
    assert (await saved(store, follower.follower.name) or b"").endswith(b" 3")


async def test_nor_does_it_when_redis_was_restarted_with_the_upgrade(
    store: Redis, follower: Listener
) -> None:
    await store.execute_command("HSET", keys.STATE, "epoch", "the next")
    await journal(store, "d")
    await follower.catch_up()

    assert (follower.heard, follower.gaps) == (["c", "d"], [])


async def test_a_worker_that_ends_before_its_first_event_carries_nothing_over_twice(
    store: Redis, follower: Listener
) -> None:
    follower.fails = True
    with pytest.raises(ValueError, match="cannot be handled"):
        await follower.look()
    another = Listener(store, name=follower.follower.name)
    await another.catch_up()

    assert (another.heard, another.gaps) == (["c"], [])


async def test_the_version_before_finds_no_position_that_is_out_of_date(
    store: Redis, follower: Listener
) -> None:
    await follower.catch_up()

    assert not await store.exists(keys.FORWARDING_POSITION, "avito:301200100:coached")
    left = await store.execute_command("HGETALL", "avito:301200100:words-place")
    assert set(left) <= {b"changes"}


async def test_after_a_rollback_it_goes_on_where_the_version_before_ended(
    store: Redis, follower: Listener
) -> None:
    await follower.catch_up()
    await journal(store, "d", "e", "f")
    command, key, *position = EARLIER[follower.follower.name]
    await store.execute_command(command, key, *(5 if part == 2 else part for part in position))
    upgraded_again = Listener(store, name=follower.follower.name)
    await upgraded_again.catch_up()

    assert (upgraded_again.heard, upgraded_again.gaps) == (["f"], [])
