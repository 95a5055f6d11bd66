from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.avito.test_chats import JSON
from tests.worker.builders import BUYER, CHAT, SELLER
from worker.avito import responses
from worker.avito.requests import MESSAGES
from worker.avito.responses import AvitoAccount, AvitoResponse, MessagePage, Subscription
from worker.messages.message import Unreadable

ASOF = 1_757_404_000.0


def make_row(message_id: str, created: int = 1757403725, **more: Any) -> dict[str, Any]:
    """A row of history."""
    row = {"id": message_id, "author_id": BUYER, "created": created, "type": "text", "direction": "in"}
    return row | {"content": {"text": message_id}} | more


def read(data: Any, limit: int = 100) -> MessagePage:
    return responses.read_messages(data, SELLER, CHAT, ASOF, limit=limit)


def test_of_a_page_with_far_more_rows_than_were_asked_for_a_thousand_are_read() -> None:
    page = read([make_row(f"m{number}") for number in range(5_000)])

    assert (page.rows, page.more) == (1_000, True)


@pytest.mark.parametrize("wrapped", [True, False], ids=["object", "bare array"])
def test_history_is_read_oldest_first_wrapped_or_bare(wrapped: bool) -> None:
    rows = [make_row("m2", 1757403726), make_row("m1", 1757403725)]

    page = read({"messages": rows} if wrapped else rows)

    assert [message.id for message in page.messages] == ["m1", "m2"]
    assert {message.asof for message in page.messages} == {ASOF}


@pytest.mark.parametrize(
    "data",
    [
        {"result": {"messages": [make_row("m1")]}},
        {"data": [make_row("m1")]},
        {"messages": [{"message": make_row("m1")}, None, "x"]},
    ],
)
def test_history_is_read_in_any_envelope(data: Any) -> None:
    assert [message.id for message in read(data).messages] == ["m1"]


@pytest.mark.parametrize("data", [None, {}, {"messages": None}, {"error": "no"}, "<html>", 7])
def test_an_answer_that_is_no_history_is_not_an_empty_one(data: Any) -> None:
    with pytest.raises(Unreadable):
        read(data)


@pytest.mark.parametrize(("second", "ordered"), [(1757403724, True), (1757403725, True), (1757403726, False)])
def test_a_page_says_whether_it_came_newest_first(second: int, ordered: bool) -> None:
    assert read([make_row("m2", 1757403725), make_row("m1", second)]).ordered is ordered


def test_a_row_without_a_time_has_that_of_the_row_below_it() -> None:
    rows = [make_row("m3", 1757403730), make_row("m2") | {"created": None}, make_row("m1")]

    assert [(m.id, m.created) for m in read(rows).messages][1] == ("m2", 1757403725)


def test_half_an_emoji_in_one_row_does_not_make_a_list_unreadable() -> None:
    body = orjson.dumps({"messages": [make_row("m2"), make_row("ZZ")]}).replace(b"ZZ", rb"\ud83d")
    response = AvitoResponse(200, {}, body, ASOF)

    page = read(responses.read_response(MESSAGES, response, 0.0))

    assert [message.id for message in page.messages] == ["\N{REPLACEMENT CHARACTER}", "m2"]


@pytest.mark.parametrize("name", ["isRead", "is_read"])
def test_the_read_mark_is_read_by_both_its_names(name: str) -> None:
    assert read([make_row("m1", **{name: True})]).messages[0].read


def test_messages_of_one_second_keep_the_order_of_avitos_page() -> None:
    page = read([make_row("a"), make_row("c"), make_row("b")])

    assert [(message.id, message.rank) for message in page.messages] == [("b", 0), ("c", 1), ("a", 2)]


def test_the_oldest_second_of_a_page_with_more_behind_it_gets_no_ranks() -> None:
    page = read([make_row("a"), make_row("b")], limit=2)

    assert page.more
    assert [message.rank for message in page.messages] == [None, None]


def test_an_unreadable_row_is_skipped_and_counted() -> None:
    page = read([make_row("m1"), {"id": "m2"}, None, 7])

    assert ([message.id for message in page.messages], page.rows, page.skipped) == (["m1"], 4, 3)


@pytest.mark.parametrize("data", [None, {}, {"messages": None}, "x"])
def test_a_body_that_is_no_history_is_refused(data: Any) -> None:
    with pytest.raises(Unreadable):
        read(data)


@given(
    st.lists(JSON | st.fixed_dictionaries({"id": JSON, "author_id": JSON, "created": JSON, "content": JSON}))
)
def test_any_rows_make_a_page(rows: list[Any]) -> None:
    page = read(rows)

    assert len(page.messages) + page.skipped == page.rows


def test_voices_are_links_by_id() -> None:
    data = {"voices_urls": {"a": "https://voice.example.test/a.mp4", "b": None, "c": "javascript:x"}}

    assert responses.read_voices(data) == {"a": "https://voice.example.test/a.mp4"}


def test_subscriptions_are_read_among_unknown_fields() -> None:
    data = {"subscriptions": [{"url": "https://a.test/x", "version": "3"}, None, {"url": 7}, {"url": "b"}]}

    assert responses.read_subscriptions(data) == (
        Subscription("https://a.test/x", "3"),
        Subscription("b", ""),
    )


def test_an_unreadable_list_of_subscriptions_is_not_an_empty_one() -> None:
    with pytest.raises(Unreadable):
        responses.read_subscriptions({})


def test_a_subscription_does_not_show_its_url_in_logs() -> None:
    assert "hook" not in repr(Subscription("https://hook.example.test/secret", "3"))


@pytest.mark.parametrize("account_id", [SELLER, str(SELLER)])
def test_the_account_is_known_by_its_number(account_id: object) -> None:
    said = {"id": account_id, "name": "Веломир"}

    for data in (said, {"account": said}, {"result": said}):
        assert responses.read_account(data) == AvitoAccount(SELLER, "Веломир")


@given(JSON)
def test_nonsense_raises_only_unreadable(data: Any) -> None:
    for read_one in (
        responses.read_voices,
        responses.read_subscriptions,
        responses.read_account,
    ):
        try:
            read_one(data)
        except Unreadable:
            continue
