"""Messages that a sweep restores in a new epoch came by webhook before: none counts as missed."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from shared.redis import connection, keys
from testbed import RedisServer
from tests.support.rewind import FailsOver, Held, hold, rewind
from tests.worker.builders import SELLER, make_message
from tests.worker.fake_avito import make_account
from tests.worker.sync.sweep.conftest import SweepRig, Watched
from worker.accounts.context import ACCOUNT
from worker.messages.commit import Change, commit
from worker.sync.sweep.refresh import read_newest, recheck_chat
from worker.sync.sweep.sweep_state import OtherEpochError

pytestmark = pytest.mark.anyio


async def lost_tail(watched: Watched, messages: int = 3) -> Held:
    """Messages come by webhook, and are lost with the tail; return what was left."""
    left = await hold(watched.account.redis)
    watched.avito.clock.now += 1
    for _ in range(messages):
        await watched.webhook("c1", watched.avito.write("c1"))
    await rewind(watched.account.redis, left)
    return left


@pytest.fixture
async def shop(watched: Watched) -> Watched:
    watched.avito.write("c1", age=600)
    await watched.start()
    watched.avito.clock.now += 60
    return watched


@pytest.mark.parametrize("looked", [False, True], ids=["before the first look", "after it"])
async def test_a_message_lost_in_a_failover_and_found_by_a_sweep_is_not_missed(
    shop: Watched, looked: bool
) -> None:
    await lost_tail(shop)
    shop.avito.clock.now += 5
    if looked:
        await shop.watch.look()

    await shop.sweep()

    assert await shop.shown("c1") == shop.truth("c1")
    assert await shop.judged() == ("webhook", None)
    await shop.watch.look()
    assert await shop.judged() == ("webhook", None)


async def test_it_is_not_missed_when_an_operator_opens_the_chat_first(shop: Watched) -> None:
    await lost_tail(shop)
    shop.avito.clock.now += 5

    await read_newest(shop.account, shop.account.avito, "c1")

    assert await shop.shown("c1") == shop.truth("c1")
    assert await shop.judged() == ("webhook", None)


async def test_messages_found_in_an_earlier_epoch_do_not_count_as_missed(shop: Watched) -> None:
    for _ in range(3):
        shop.avito.write("c1")
    await shop.sweep()
    left = await hold(shop.account.redis)
    for row in shop.avito.threads["c1"][-3:]:
        await shop.webhook("c1", row["id"])  # proof, and it is lost
    await rewind(shop.account.redis, left)

    assert await shop.judged() == ("webhook", None)
    await shop.watch.look()
    assert await shop.judged() == ("webhook", None)


async def test_a_commit_prepared_in_an_earlier_epoch_expects_no_webhook(shop: Watched) -> None:
    expected = await shop.state.expected()
    await shop.account.redis.execute_command("HSET", keys.STATE, "epoch", "another")
    message = make_message("m9", created=shop.avito.clock() + 1)

    change = Change(SELLER, "c1", (message,), "sweep", expected=expected)
    await commit(shop.account.redis, change, shop.avito.clock(), 200)

    assert expected is not None
    assert await shop.found_by_sweep() == []


async def test_webhooks_lost_in_the_new_epoch_are_missed(shop: Watched) -> None:
    await lost_tail(shop)
    await shop.watch.look()
    await shop.sweep()
    shop.avito.clock.now += 5
    for _ in range(3):
        shop.avito.write("c1")

    await shop.sweep()

    assert await shop.judged() == ("polling", "missed")


async def test_webhooks_are_still_expected_after_an_upgrade(shop: Watched) -> None:
    await shop.account.redis.execute_command("HDEL", keys.FACTS, "subscribed_epoch")
    for _ in range(3):
        shop.avito.write("c1")

    await shop.sweep()
    await shop.watch.look()

    assert await shop.judged() == ("polling", "missed")


async def test_webhooks_are_expected_again_after_a_clock_that_was_ahead(shop: Watched) -> None:
    now = shop.avito.clock.now
    shop.avito.urls, urls = [], shop.avito.urls
    await shop.watch.look()
    shop.avito.clock.now, shop.avito.urls = now + 180 * 86_400, urls
    await shop.watch.look()
    shop.avito.clock.now = now
    await shop.watch.look()
    shop.avito.clock.now += 5
    for _ in range(3):
        shop.avito.write("c1")

    await shop.sweep()

    assert await shop.judged() == ("polling", "missed")


EmptyAt = Callable[[str], None]


@pytest.fixture
def empty_at(rig: SweepRig, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> EmptyAt:
    """Have Redis emptied, and get its new epoch, while Avito answers the next call of an operation."""

    def empty_at(operation: str) -> None:
        answer = getattr(rig.avito, operation)

        async def empty_first(*asked: Any, **more: Any) -> Any:
            monkeypatch.setattr(rig.avito, operation, answer)
            await rig.account.redis.flushall()
            async with connection.connect(redis_server.url) as another:
                await another.ping()
            return await answer(*asked, **more)

        monkeypatch.setattr(rig.avito, operation, empty_first)

    return empty_at


@pytest.fixture(params=["chats", "messages"])
async def emptied(rig: SweepRig, empty_at: EmptyAt, request: pytest.FixtureRequest) -> SweepRig:
    """A Redis that is emptied while Avito answers a sweep's call."""
    rig.avito.write("quiet", age=7200)
    for age in range(3600, 3350, -1):
        rig.avito.write("long", age=age)
    await rig.start()
    rig.avito.clock.now += 60
    rig.avito.write("long")
    empty_at(request.param)
    rig.avito.clock.now += 60
    return rig


async def test_a_redis_emptied_amid_a_sweep_is_filled_whole(emptied: SweepRig) -> None:
    with suppress(OtherEpochError):
        await emptied.sweep()
    await emptied.start()

    for chat in ("long", "quiet"):
        assert await emptied.shown(chat) == emptied.truth(chat)[-200:]


async def test_a_redis_emptied_amid_a_sweep_rings_for_no_history(emptied: SweepRig) -> None:
    with suppress(OtherEpochError):
        await emptied.sweep()
    await emptied.start()

    rung = [event["message"]["id"] for event in await emptied.events() if event.get("ring")]
    assert rung in ([], ["long-m250"])


async def test_a_redis_emptied_amid_the_import_rings_for_no_history(rig: SweepRig, empty_at: EmptyAt) -> None:
    rig.avito.write("c1", age=3600)
    await rig.sweep()
    empty_at("messages")

    with suppress(OtherEpochError):
        await rig.backfill.import_chats()

    assert [event for event in await rig.events() if event.get("ring")] == []


@pytest.mark.parametrize("command", range(2, 10))
async def test_a_recheck_whose_deletion_was_shown_in_a_lost_tail_is_done_again(
    rig: SweepRig, command: int
) -> None:
    first = rig.avito.write("c1", age=86_400)
    await rig.start()
    rig.avito.delete("c1", first)
    await rig.account.redis.hset(keys.to_recheck(SELLER), "c1", "1-0")
    client = FailsOver(connection_pool=rig.account.redis.connection_pool)
    client.before = command
    client.fail_over = partial(rewind, rig.account.redis, await hold(rig.account.redis))
    straddling = make_account(client, rig.avito)

    await recheck_chat({ACCOUNT: straddling}, SELLER, "c1")
    await rig.account.redis.delete(keys.rechecked(SELLER, "c1"))
    await recheck_chat({ACCOUNT: rig.account}, SELLER, "c1")

    assert await rig.shown("c1") == rig.truth("c1")
