"""Each event is handed on once or more, never skipped: across restarts, failovers, refusals and rivals."""

from collections.abc import Sequence

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.redis import keys
from shared.redis.journal import NOWHERE
from shared.redis.journal_reader import head
from tests.support.rewind import FailsOver, hold, rewind
from tests.worker.accounts.following import Listener, journal, saved
from worker.accounts.journal_follower import Event

pytestmark = pytest.mark.anyio


async def test_events_are_handed_on_in_order_and_the_position_is_saved_after_them(store: Redis) -> None:
    one = Listener(store)
    await one.look()
    await journal(store, "a", "b")

    assert await one.look() is False
    assert one.heard == ["a", "b"]
    assert await saved(store) == str(await head(store)).encode()


async def test_the_next_process_goes_on_where_the_last_one_ended(store: Redis) -> None:
    one = Listener(store)
    await one.look()
    await journal(store, "a")
    await one.look()
    await journal(store, "b")
    another = Listener(store)
    await another.look()

    assert (one.heard, another.heard, another.gaps) == (["a"], ["b"], [])


async def test_a_first_start_is_a_gap(store: Redis) -> None:
    await journal(store, "a", "b")
    one = Listener(store)
    await one.look()

    ((position, part),) = one.gaps
    assert (position, part.head) == (NOWHERE, 2)


async def test_events_of_other_accounts_are_passed_over(store: Redis) -> None:
    one = Listener(store)
    await one.look()
    await journal(store, "a", account_id=7)
    await one.look()
    await journal(store, "b")
    await one.look()

    assert one.heard == ["b"]


async def test_a_backlog_is_handed_on_in_parts(store: Redis) -> None:
    one = Listener(store, max_events=2)
    await one.look()
    await journal(store, *"abcde")

    assert await one.look() is True
    assert one.heard == ["a", "b"]
    await one.catch_up()
    assert one.heard == list("abcde")


async def test_what_was_not_done_yet_is_handed_on_again(store: Redis) -> None:
    one = Listener(store, at_most=2)
    await one.look()
    await journal(store, *"abcde")
    await one.catch_up()

    assert one.heard == list("abcde")


async def test_events_that_failed_are_handed_on_again(store: Redis) -> None:
    one = Listener(store)
    await one.look()
    await journal(store, "a")
    one.fails = True
    with pytest.raises(ValueError, match="cannot be handled"):
        await one.look()
    one.fails = False
    await one.look()

    assert one.heard == ["a"]


async def test_events_that_were_trimmed_unread_are_a_gap(store: Redis) -> None:
    one = Listener(store)
    await one.look()
    begun = await head(store)
    await journal(store, *"abcde")
    await store.xtrim(keys.JOURNAL, maxlen=2, approximate=False)
    await one.catch_up()

    assert [position for position, _ in one.gaps] == [NOWHERE, begun]
    assert one.heard == ["d", "e"]


async def test_an_event_that_someone_deleted_stops_no_follower(store: Redis) -> None:
    one = Listener(store)
    await one.look()
    await journal(store, "a", "b", "deleted", "c")
    await store.xdel(keys.JOURNAL, "3-0")
    for _ in range(4):
        await one.look()

    assert (one.heard, [part.after for _, part in one.gaps]) == (["a", "b", "c"], [0, 3])


async def test_a_new_epoch_that_lost_nothing_is_no_gap(real_redis: Redis) -> None:
    one = Listener(real_redis)
    await one.look()
    await journal(real_redis, "a")
    await one.look()
    await real_redis.execute_command("HSET", keys.STATE, "epoch", "the-next")
    await one.look()
    assert await saved(real_redis) == b"the-next 1"
    await journal(real_redis, "b")
    await one.look()

    assert one.heard == ["a", "b"]
    assert len(one.gaps) == 1


async def test_a_position_that_redis_refused_is_saved_before_more_is_handed_on(real_redis: Redis) -> None:
    one = Listener(real_redis)
    await one.look()
    await journal(real_redis, "a")
    await real_redis.config_set("maxmemory", "1")
    try:
        for _ in range(3):
            with pytest.raises(ResponseError, match="maxmemory"):
                await one.look()
    finally:
        await real_redis.config_set("maxmemory", "0")
    await journal(real_redis, "b")
    await one.look()

    assert one.heard == ["a", "b"]


async def test_a_process_that_was_overtaken_saves_no_position(store: Redis) -> None:
    slow, quick = Listener(store), Listener(store)
    await slow.look()
    await journal(store, "a")

    async def take(events: Sequence[Event]) -> None:
        await quick.look()
        await journal(store, "b")
        await quick.look()

    slow.follower.on_events = take
    await slow.look()

    assert quick.heard == ["a", "b"]
    assert await saved(store) == str(await head(store)).encode()


@pytest.mark.parametrize("lost", [0, 3])
@pytest.mark.parametrize("new", [2, 8])
@pytest.mark.parametrize("command", range(1, 6))
async def test_after_a_failover_at_any_command_each_new_event_is_handed_on_once(
    real_redis: Redis, command: int, new: int, lost: int
) -> None:
    client = FailsOver(connection_pool=real_redis.connection_pool)
    one = Listener(client)
    await one.look()
    await journal(real_redis, "before")
    await one.look()
    kept = await hold(real_redis)
    await journal(real_redis, *(f"lost {number}" for number in range(lost)))
    await one.look()
    await journal(real_redis, "lost at last")
    after = [f"new {number}" for number in range(new)]

    async def fail_over() -> None:
        await rewind(real_redis, kept)
        await journal(real_redis, *after)

    client.fail_over, client.before = fail_over, command
    for _ in range(4):
        await one.catch_up()

    assert [text for text in one.heard if not text.startswith("lost")] == ["before", *after]
