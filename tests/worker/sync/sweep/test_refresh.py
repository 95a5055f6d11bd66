"""A chat that was opened, or needs a recheck, is read again."""

import pytest

from shared.redis import keys
from tests.worker.builders import SELLER
from tests.worker.sync.sweep.conftest import SweepRig
from worker.accounts.context import ACCOUNT
from worker.avito.errors import Forbidden, Unavailable
from worker.messages.commit import Change, commit
from worker.messages.deletion import DELETED_TEXT
from worker.messages.reading import read_message
from worker.sync.sweep.refresh import recheck_chat, refresh_chat, requeue_due

pytestmark = pytest.mark.anyio


async def opened(rig: SweepRig, chat_id: str = "c1") -> None:
    await refresh_chat({ACCOUNT: rig.account}, SELLER, chat_id)


async def notice(rig: SweepRig, message_id: str) -> None:
    """A webhook says by a text that something was deleted."""
    row = {"id": message_id, "author_id": 5, "created": int(rig.avito.clock()), "type": "text"}
    message = read_message(row | {"content": {"text": DELETED_TEXT}}, SELLER, "c1")
    await commit(rig.account.redis, Change(SELLER, "c1", (message,), "webhook"), rig.avito.clock(), 200)


async def test_opening_a_chat_shows_what_was_deleted_or_written_meanwhile(rig: SweepRig) -> None:
    first = rig.avito.write("c1", age=600)
    await rig.start()
    rig.avito.delete("c1", first)
    rig.avito.write("c1")

    await opened(rig)

    assert await rig.shown("c1") == rig.truth("c1")


async def test_opening_a_chat_again_and_again_costs_one_call(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    await rig.start()
    rig.avito.calls.clear()

    for _ in range(5):
        await opened(rig)

    assert rig.avito.calls["messages"] == 1


async def test_a_deletion_under_an_unknown_id_shows_nothing_and_rechecks_the_chat(rig: SweepRig) -> None:
    first = rig.avito.write("c1", age=600)
    rig.avito.write("c1", age=500)
    await rig.start()
    await opened(rig)
    rig.avito.delete("c1", first)

    await notice(rig, "no-list-shows-this")
    assert len(await rig.shown("c1")) == 2
    await opened(rig)

    assert await rig.shown("c1") == rig.truth("c1")
    assert await rig.state.rechecks() == {}


async def rechecked(rig: SweepRig, chat_id: str = "c1") -> None:
    await rig.account.redis.delete(keys.rechecked(SELLER, chat_id))
    await recheck_chat({ACCOUNT: rig.account}, SELLER, chat_id)


async def test_a_chat_to_recheck_is_read_although_it_was_read_a_moment_ago(rig: SweepRig) -> None:
    first = rig.avito.write("c1", age=600)
    await rig.start()
    await opened(rig)
    rig.avito.delete("c1", first)
    await notice(rig, "no-list-shows-this")

    await recheck_chat({ACCOUNT: rig.account}, SELLER, "c1")

    assert await rig.shown("c1") == rig.truth("c1")
    assert await rig.state.rechecks() == {}


async def test_a_deletion_by_text_under_the_messages_own_id_is_a_deletion(rig: SweepRig) -> None:
    first = rig.avito.write("c1", age=600)
    await rig.start()

    await notice(rig, first)

    assert await rig.shown("c1") == [(first, "deleted")]
    assert await rig.state.rechecks() == {}


async def test_a_deletion_in_an_unknown_chat_makes_no_empty_chat(rig: SweepRig) -> None:
    await notice(rig, "no-list-shows-this")

    assert await rig.state.held_chats() == set()
    assert await rig.events() == []
    assert set(await rig.state.rechecks()) == {"c1"}


async def test_a_recheck_stays_noted_while_avito_is_unavailable(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    await rig.start()
    await notice(rig, "no-list-shows-this")
    rig.avito.trouble["messages"] = Unavailable("messages", why="silent")

    await opened(rig)

    assert set(await rig.state.rechecks()) == {"c1"}
    assert await rig.account.redis.exists(keys.to_recheck(SELLER))


async def test_a_chat_to_recheck_is_read_once_in_five_seconds(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    await rig.start()
    rig.avito.calls.clear()

    for _ in range(3):
        await rig.account.redis.hset(keys.to_recheck(SELLER), "c1", "why")
        await recheck_chat({ACCOUNT: rig.account}, SELLER, "c1")

    assert rig.avito.calls["messages"] == 1
    assert 0 < await rig.account.redis.pttl(keys.rechecked(SELLER, "c1")) <= 5_000
    assert set(await rig.state.rechecks()) == {"c1"}


async def test_a_recheck_is_queued_again_until_it_was_done(rig: SweepRig) -> None:
    rig.avito.write("c1", age=600)
    await rig.start()
    await rig.account.redis.hset(keys.to_recheck(SELLER), "c1", "why")

    await requeue_due(rig.account)
    assert await rig.account.redis.zcard(keys.RECHECKS_QUEUE) == 1
    await rechecked(rig)
    await requeue_due(rig.account)

    assert await rig.account.redis.zcard(keys.RECHECKS_QUEUE) == 1


async def test_a_refusal_that_lasts_is_not_asked_for_again_at_once(rig: SweepRig) -> None:
    await rig.account.redis.hset(keys.to_recheck(SELLER), "c1", "why")
    rig.avito.trouble["messages"] = Forbidden("messages", status=403)

    await rechecked(rig)

    assert await rig.account.redis.pttl(keys.rechecked(SELLER, "c1")) > 5_000
    assert set(await rig.state.rechecks()) == {"c1"}


async def test_a_recheck_of_a_chat_that_avito_does_not_have_ends(rig: SweepRig) -> None:
    await rig.account.redis.hset(keys.to_recheck(SELLER), "nowhere", "why")

    await rechecked(rig, "nowhere")

    assert await rig.state.rechecks() == {}
