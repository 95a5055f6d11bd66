"""Avito's list of chats is read to its end, whatever order and pages it has."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from tests.worker.builders import SELLER
from worker.avito.chats import ChatPage, read_chats
from worker.avito.errors import BadRequest, Unavailable
from worker.messages.message import Unreadable
from worker.sync.sweep.chat_list import ChatList, find_types, read_chat_list

pytestmark = pytest.mark.anyio
NOW = 1_757_400_000.0


@dataclass
class PagedAvito:
    """Answers with what `page` gives for an offset and the types asked for."""

    page: Callable[[int, str], Any]
    offsets: list[int] = field(default_factory=list)

    async def chats(self, *, chat_types: Any, limit: int, offset: int, unread_only: bool) -> ChatPage:
        self.offsets.append(offset)
        data = self.page(offset, ",".join(chat_types))
        if isinstance(data, Exception):
            raise data
        try:
            return read_chats(data, SELLER, NOW, limit=limit, asked_types=chat_types)
        except Unreadable:
            raise Unavailable("chats", status=200) from None


def rows(start: int, count: int) -> list[Any]:
    return [{"id": f"c{number}"} for number in range(start, start + count)]


async def listed(page: Callable[[int], Any]) -> tuple[ChatList, list[int]]:
    avito = PagedAvito(lambda offset, _: page(offset))
    found = await read_chat_list(cast("Any", avito))
    return found, avito.offsets


async def test_a_list_without_meta_ends_with_a_page_that_is_not_full() -> None:
    found, offsets = await listed(lambda offset: {"chats": rows(offset, 100 if offset < 200 else 7)})

    assert (len(found.chats), found.beyond, found.error, offsets) == (207, False, None, [0, 100, 200])


async def test_avitos_400_for_a_later_page_is_the_end_of_what_can_be_listed() -> None:
    refused = BadRequest("chats", status=400)

    found, _ = await listed(lambda offset: refused if offset > 400 else {"chats": rows(offset, 100)})

    assert (len(found.chats), found.beyond, found.error) == (500, True, None)


async def test_avitos_400_for_the_first_page_is_an_error() -> None:
    refused = BadRequest("chats", status=400)

    found, _ = await listed(lambda _: refused)

    assert (found.chats, found.error) == ((), refused)


async def test_the_same_page_for_ever_is_an_error_after_its_chats() -> None:
    found, offsets = await listed(lambda _: {"chats": rows(0, 100), "meta": {"has_more": True}})

    assert (len(found.chats), offsets) == (100, [0, 100])
    assert isinstance(found.error, Unavailable)


async def test_an_empty_page_that_promises_more_is_passed_over() -> None:
    def page(offset: int) -> Any:
        return {"chats": [] if offset == 100 else rows(offset, 100), "meta": {"has_more": offset < 200}}

    found, offsets = await listed(page)

    assert (len(found.chats), found.beyond, offsets) == (200, False, [0, 100, 200])


async def test_empty_pages_that_promise_more_for_ever_end_the_list() -> None:
    found, offsets = await listed(
        lambda offset: {"chats": [] if offset else rows(0, 100), "meta": {"has_more": True}}
    )

    assert (len(found.chats), found.beyond, found.error, offsets) == (100, True, None, [0, 100, 200])


@pytest.mark.parametrize(
    "data",
    [
        {"chats": [], "meta": {"has_more": True}},
        {"chats": [None, "x", {}, {"id": None}]},
        {"chats": [{}] * 100},
    ],
)
async def test_a_list_that_has_chats_of_which_none_can_be_read_is_an_error(data: Any) -> None:
    found, _ = await listed(lambda _: data)

    assert found.chats == ()
    assert isinstance(found.error, Unavailable)


async def test_a_page_of_which_no_row_can_be_read_does_not_end_the_list() -> None:
    found, _ = await listed(
        lambda offset: {"chats": [{}] * 100 if offset == 100 else rows(offset, 100 if offset < 200 else 7)}
    )

    assert (len(found.chats), found.skipped, found.error) == (107, 100, None)


@pytest.mark.parametrize("data", [None, {"chats": None}, {"error": "no"}, "<html>"])
async def test_an_answer_that_is_no_list_is_an_error_and_not_an_empty_list(data: Any) -> None:
    found, _ = await listed(lambda offset: data if offset else {"chats": rows(0, 100)})

    assert len(found.chats) == 100
    assert isinstance(found.error, Unavailable)


async def test_rows_that_are_no_chats_are_counted_and_harm_no_other() -> None:
    found, _ = await listed(lambda _: {"chats": [None, "x", {}, {"id": None}, [], *rows(0, 2)]})

    assert (len(found.chats), found.skipped, found.error) == (2, 5, None)


async def types_of(answers: dict[str, Any]) -> dict[str, str]:
    avito = PagedAvito(lambda _, types: answers.get(types, {"chats": []}))
    untyped = read_chats({"chats": rows(0, 3)}, SELLER, NOW, limit=100).chats
    return {name: chat.chat_type for name, chat in (await find_types(cast("Any", avito), untyped))[0].items()}


async def test_a_type_is_what_avito_says_and_unknown_where_it_says_nothing() -> None:
    assert await types_of({"u2u": {"chats": rows(0, 1)}, "a2u": {"chats": rows(1, 1)}}) == {
        "c0": "u2u",
        "c1": "a2u",
    }


async def test_a_failure_to_list_one_type_makes_no_chat_one_of_the_other() -> None:
    assert await types_of({"u2u": Unavailable("chats", status=500)}) == {}


async def test_lists_that_do_not_keep_to_the_type_asked_for_tell_none() -> None:
    item = {"id": "other", "context": {"type": "item", "value": {"id": 7}}}

    assert await types_of({"a2u": {"chats": [*rows(0, 3), item]}}) == {}
    assert await types_of({"u2u": {"chats": rows(0, 3)}, "a2u": {"chats": rows(0, 3)}}) == {}
