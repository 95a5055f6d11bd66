"""A chat that was opened, or is in doubt, is read again."""

import pytest

from shared.redis import keys
from tests.worker.builders import SELLER
from tests.worker.sync.sweep.conftest import Desk
from worker.accounts.context import WORK
from worker.avito.errors import Unavailable
from worker.messages.commit import Change, commit
from worker.messages.deletion import DELETED_TEXT
from worker.messages.reading import read_message
from worker.sync.sweep.refresh import recheck_chat, refresh_chat

pytestmark = pytest.mark.anyio


async def opened(desk: Desk, chat_id: str = "c1") -> None:
    await refresh_chat({WORK: desk.work}, SELLER, chat_id)


async def notice(desk: Desk, message_id: str) -> None:
    """A webhook says by a text that something was deleted."""
    row = {"id": message_id, "author_id": 5, "created": int(desk.avito.clock()), "type": "text"}
    message = read_message(row | {"content": {"text": DELETED_TEXT}}, SELLER, "c1")
    await commit(desk.work.redis, Change(SELLER, "c1", (message,), "webhook"), desk.avito.clock(), 200)


async def test_opening_a_chat_shows_what_was_deleted_or_written_meanwhile(desk: Desk) -> None:
    first = desk.avito.write("c1", age=600)
    await desk.start()
    desk.avito.delete("c1", first)
    desk.avito.write("c1")

    await opened(desk)

    assert await desk.shown("c1") == desk.truth("c1")


async def test_opening_a_chat_again_and_again_costs_one_call(desk: Desk) -> None:
    desk.avito.write("c1", age=600)
    await desk.start()
    desk.avito.calls.clear()

    for _ in range(5):
        await opened(desk)

    assert desk.avito.calls["messages"] == 1


async def test_a_deletion_that_names_no_message_shows_nothing_and_has_the_chat_read(desk: Desk) -> None:
    first = desk.avito.write("c1", age=600)
    desk.avito.write("c1", age=500)
    await desk.start()
    await opened(desk)
    desk.avito.delete("c1", first)

    await notice(desk, "no-list-shows-this")
    assert len(await desk.shown("c1")) == 2
    await opened(desk)

    assert await desk.shown("c1") == desk.truth("c1")
    assert await desk.book.rechecks() == {}


async def test_a_chat_in_doubt_is_read_though_it_was_read_a_moment_ago(desk: Desk) -> None:
    first = desk.avito.write("c1", age=600)
    await desk.start()
    await opened(desk)
    desk.avito.delete("c1", first)
    await notice(desk, "no-list-shows-this")

    await recheck_chat({WORK: desk.work}, SELLER, "c1")

    assert await desk.shown("c1") == desk.truth("c1")
    assert await desk.book.rechecks() == {}


async def test_a_deletion_by_text_under_the_messages_own_id_is_a_deletion(desk: Desk) -> None:
    first = desk.avito.write("c1", age=600)
    await desk.start()

    await notice(desk, first)

    assert await desk.shown("c1") == [(first, "deleted")]
    assert await desk.book.rechecks() == {}


async def test_a_deletion_in_an_unknown_chat_makes_no_empty_chat(desk: Desk) -> None:
    await notice(desk, "no-list-shows-this")

    assert await desk.book.held_chats() == set()
    assert await desk.events() == []
    assert set(await desk.book.rechecks()) == {"c1"}


async def test_a_chat_in_doubt_stays_so_while_avito_is_away(desk: Desk) -> None:
    desk.avito.write("c1", age=600)
    await desk.start()
    await notice(desk, "no-list-shows-this")
    desk.avito.trouble["messages"] = Unavailable("messages", why="silent")

    await opened(desk)

    assert set(await desk.book.rechecks()) == {"c1"}
    assert await desk.work.redis.exists(keys.recheck(SELLER))
