import json
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.builders import BUYER, CHAT, SELLER
from worker.avito.chats import ChatListing, read_chat, read_chats
from worker.messages.message import Unreadable

ASOF = 1_757_404_000.0
HOST = "https://img.example.test"


def make_row(**changes: Any) -> dict[str, Any]:
    """A chat as Avito lists it."""
    buyer = {
        "id": BUYER,
        "name": "Марина",
        "public_user_profile": {
            "url": "https://avito.ru/user/00aa11bb/profile",
            "avatar": {
                "default": f"{HOST}/a/default.png",
                "images": {"24x24": f"{HOST}/a/24.png", "128x128": f"{HOST}/a/128.png"},
            },
        },
    }
    item = {
        "id": 4100200300,
        "title": "Велосипед горный Вершина 27",
        "price_string": "18\u00a0500\u00a0₽",
        "url": "https://www.avito.ru/tver/velosiped_4100200300",
        "images": {"count": 3, "main": {"640x480": f"{HOST}/640/11.jpg", "140x105": f"{HOST}/140/11.jpg"}},
        "location": {"title": "Тверь", "lat": 56.8587, "lon": 35.9176},
    }
    row = {
        "id": CHAT,
        "created": 1757400000,
        "updated": 1757403725,
        "context": {"type": "item", "value": item},
        "users": [{"id": SELLER, "name": "Веломир"}, buyer],
        "last_message": {
            "id": "m1",
            "author_id": BUYER,
            "created": 1757403725,
            "content": {"text": "Здравствуйте"},
            "type": "text",
            "direction": "in",
        },
    }
    return row | changes


def read(row: Any) -> ChatListing:
    return read_chat(row, SELLER, ASOF)


def test_the_buyer_is_the_one_who_is_not_us() -> None:
    assert orjson.loads(read(make_row()).facts.buyer) == {
        "id": BUYER,
        "name": "Марина",
        "avatar": f"{HOST}/a/128.png",
        "url": "https://avito.ru/user/00aa11bb/profile",
    }


def test_the_item_has_the_contracts_fields_and_its_largest_picture() -> None:
    assert orjson.loads(read(make_row()).facts.item) == {
        "id": 4100200300,
        "title": "Велосипед горный Вершина 27",
        "price": "18\u00a0500\u00a0₽",
        "url": "https://www.avito.ru/tver/velosiped_4100200300",
        "image": f"{HOST}/640/11.jpg",
        "place": "Тверь",
    }


def test_the_other_fields_are_those_that_a_sweep_compares() -> None:
    listing = read(make_row())

    assert (listing.chat_id, listing.chat_type, listing.updated) == (CHAT, "u2i", 1757403725)
    assert listing.last is not None
    assert (listing.last.id, listing.last.direction, listing.last.asof) == ("m1", "in", ASOF)
    assert (listing.facts.updated, listing.facts.read_at) == (1757403725, ASOF)


def test_a_chat_without_profile_item_or_messages_is_still_a_chat() -> None:
    listing = read({"id": CHAT})

    assert (listing.facts.buyer, listing.facts.item) == (b"null", b"null")
    assert (listing.chat_type, listing.updated, listing.last) == ("", 0.0, None)


def test_a_buyer_who_hides_his_profile_has_only_his_id() -> None:
    listing = read(make_row(users=[{"id": BUYER, "name": ""}, {"id": SELLER}]))

    assert orjson.loads(listing.facts.buyer) == {"id": BUYER, "name": None, "avatar": None, "url": None}


def test_an_unreadable_last_message_does_not_hide_its_chat() -> None:
    assert read(make_row(last_message={"id": None})).last is None


def test_links_a_browser_should_not_follow_are_left_out() -> None:
    profile = {"url": "javascript:alert(1)", "avatar": {"default": "data:text/html,x"}}
    users = [{"id": BUYER, "name": "Марина", "public_user_profile": profile}]

    buyer = orjson.loads(read(make_row(users=users)).facts.buyer)

    assert (buyer["avatar"], buyer["url"]) == (None, None)


def test_pictures_at_another_host_are_no_change() -> None:
    moved = json.loads(json.dumps(make_row()).replace(HOST, "https://other.example.test"))
    moved["context"]["value"]["images"]["main"]["640x480"] += "?signed=1"

    assert read(moved).facts.fingerprint == read(make_row()).facts.fingerprint


@pytest.mark.parametrize(
    "changes",
    [
        {"users": [{"id": BUYER, "name": "Мария"}]},
        {"context": {"type": "item", "value": {"id": 4100200300, "price_string": "17\u00a0000\u00a0₽"}}},
        {"context": None},
    ],
)
def test_a_visible_change_changes_the_fingerprint(changes: dict[str, Any]) -> None:
    assert read(make_row(**changes)).facts.fingerprint != read(make_row()).facts.fingerprint


@pytest.mark.parametrize(
    ("value", "buying"),
    [
        ({"user_id": SELLER}, False),
        ({"user_id": str(SELLER)}, False),
        ({"user_id": 777000222}, True),
        ({"user_id": "777000222"}, True),
        ({"user_id": 777000222, "id": 0}, None),
        ({"user_id": 0}, None),
        ({"user_id": None}, None),
        ({}, None),
    ],
)
def test_we_are_the_buyer_where_the_item_belongs_to_somebody_else(
    value: dict[str, Any], buying: bool | None
) -> None:
    facts = read(make_row(context={"type": "item", "value": {"id": 88, "title": "Репетитор"} | value})).facts

    assert facts.buying is buying


def test_an_item_without_id_is_no_item_but_still_a_chat_with_a_buyer() -> None:
    listing = read(make_row(context={"type": "item", "value": {"id": 0, "title": "Велосипед"}}))

    assert (listing.facts.item, listing.chat_type, listing.facts.buying) == (b"null", "u2i", None)


@pytest.mark.parametrize(
    ("users", "buyer"),
    [
        ([{"id": str(BUYER), "name": "Иван"}, {"id": str(SELLER)}], BUYER),
        ([{"id": SELLER}], None),
        (None, None),
        ([None, "x", {"id": None}, {"id": BUYER}], BUYER),
        ([{"id": 9}, {"id": 7}, {"id": BUYER, "name": "Марина"}, {"id": SELLER}], BUYER),
        ([{"id": BUYER, "public_user_profile": "строка", "name": None}], BUYER),
        ([{"id": BUYER, "public_user_profile": {"avatar": {"images": "не словарь"}}}], BUYER),
    ],
)
def test_the_buyer_is_found_among_any_users_in_any_order(users: Any, buyer: int | None) -> None:
    for order in (users, users and users[::-1]):
        read_buyer = orjson.loads(read(make_row(users=order)).facts.buyer)
        assert (read_buyer and read_buyer["id"]) == buyer


@pytest.mark.parametrize(
    ("item", "price"),
    [
        ({"price_string": None, "price": 18500}, "18500"),
        ({"price_string": {"value": "18 500 ₽"}}, "18 500 ₽"),
        ({"price": {"value": 18500, "currency": "RUB"}}, "18500"),
        ({"price_string": "", "price": []}, None),
    ],
)
def test_a_price_is_read_in_any_form(item: dict[str, Any], price: str | None) -> None:
    context = {"type": "item", "value": {"id": 88} | item}

    assert orjson.loads(read(make_row(context=context)).facts.item)["price"] == price


@pytest.mark.parametrize("wrap", [{"chat": 0}, {"result": 0}, {"result": {"chat": 0}}, {"data": {"chat": 0}}])
def test_a_chat_is_read_in_any_envelope(wrap: dict[str, Any]) -> None:
    def put(shape: Any) -> Any:
        return make_row() if shape == 0 else {name: put(part) for name, part in shape.items()}

    assert read(put(wrap)).facts == read(make_row()).facts


@pytest.mark.parametrize(
    ("updated", "read_as"),
    [
        (1757403725.5, 1757403725.5),
        ("1757403725", 1757403725),
        (1757403725000, 1757403725),
        (2**80, 1757403000),
        ("2025-09-09T07:42:05Z", 1757403725),
        ("2026", 1757403000),
        (None, 1757403000),
        ("x", 1757403000),
        (ASOF + 400 * 86_400, 1757403000),
    ],
)
def test_the_time_of_a_chat_is_never_later_than_tomorrow(updated: Any, read_as: float) -> None:
    last = {"id": "m1", "author_id": BUYER, "created": 1757403000, "type": "text", "content": {"text": "да"}}

    assert read(make_row(updated=updated, last_message=last)).updated == read_as


@pytest.mark.parametrize("content", ["text", {"text": "text"}])
def test_the_tariffs_advertising_is_no_last_message_but_tells_who_wrote(content: Any) -> None:
    stub = "Перейдите на подписку с API мессенджера, чтобы получить доступ к чатам"
    content = stub if content == "text" else {"text": stub}
    last = {"id": "m1", "author_id": BUYER, "created": 1757403725, "type": "text", "content": content}

    by_buyer, by_us = (
        read(make_row(last_message=last)),
        read(make_row(last_message=last | {"author_id": SELLER})),
    )

    assert (by_buyer.last, by_us.last) == (None, None)
    assert (by_buyer.waits, by_us.waits) == (True, False)


def test_a_list_of_one_type_tells_the_type_of_its_chats() -> None:
    page = read_chats({"chats": [{"id": "c"}]}, SELLER, ASOF, limit=100, asked_types=["u2u"])

    assert [chat.chat_type for chat in page.chats] == ["u2u"]


def test_a_chat_about_an_item_is_that_whatever_the_list_was_asked_for() -> None:
    page = read_chats({"chats": [make_row()]}, SELLER, ASOF, limit=100, asked_types=["a2u"])

    assert [chat.chat_type for chat in page.chats] == ["u2i"]


@pytest.mark.parametrize(
    "data",
    [
        [{"id": "c"}],
        {"result": [{"id": "c"}]},
        {"result": {"chats": [{"id": "c"}]}},
        {"data": {"chats": [{"chat": {"id": "c"}}]}, "meta": {"has_more": False}},
    ],
)
def test_a_page_is_read_in_any_envelope(data: Any) -> None:
    page = read_chats(data, SELLER, ASOF, limit=100)

    assert ([chat.chat_id for chat in page.chats], page.more) == (["c"], False)


def test_one_bad_row_never_fails_the_page() -> None:
    page = read_chats({"chats": [make_row(), None, {"id": ""}, {}, {"id": "c2"}]}, SELLER, ASOF, limit=100)

    assert [chat.chat_id for chat in page.chats] == [CHAT, "c2"]
    assert (page.rows, page.skipped) == (5, 3)


@pytest.mark.parametrize(
    ("rows", "meta", "more"),
    [
        (1, {"has_more": True}, True),
        (2, {"has_more": False}, False),
        (2, None, True),
        (1, None, False),
        (0, {"has_more": True}, True),
        (0, None, False),
    ],
)
def test_more_is_taken_from_avito_else_from_a_full_page(rows: int, meta: Any, more: bool) -> None:
    data = {"chats": [{"id": f"c{n}"} for n in range(rows)], "meta": meta}

    assert read_chats(data, SELLER, ASOF, limit=2).more == more


@pytest.mark.parametrize(
    "data", [None, {}, {"chats": None}, {"chats": {}}, {"result": {"chats": None}}, {"error": "no"}, "chats"]
)
def test_a_body_that_is_no_page_of_chats_is_refused(data: Any) -> None:
    with pytest.raises(Unreadable):
        read_chats(data, SELLER, ASOF, limit=100)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=8),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=8), some, max_size=3),
    max_leaves=8,
)


@given(st.data())
def test_a_row_with_any_wrong_field_is_still_read(data: st.DataObject) -> None:
    row = make_row()
    for _ in range(data.draw(st.integers(1, 4))):
        spoil(row, data)

    listing = read(row | {"id": CHAT})

    assert listing.chat_id == CHAT
    assert set(orjson.loads(listing.facts.buyer) or {}) <= {"id", "name", "avatar", "url"}


def spoil(row: dict[str, Any], data: st.DataObject) -> None:
    """Put anything somewhere into the row."""
    at: Any = row
    while True:
        places = list(at) if isinstance(at, dict) else list(range(len(at)))
        place = data.draw(st.sampled_from(places))
        deeper = isinstance(at[place], dict | list) and at[place]
        if not deeper or data.draw(st.booleans()):
            at[place] = data.draw(JSON)
            return
        at = at[place]


@given(st.lists(JSON, max_size=5))
def test_any_rows_make_a_page(rows: list[Any]) -> None:
    page = read_chats({"chats": rows}, SELLER, ASOF, limit=100)

    assert len(page.chats) + page.skipped == page.rows == len(rows)


@given(JSON | st.dictionaries(st.sampled_from(["chats", "result", "data", "meta", "chat", "id"]), JSON))
def test_any_answer_is_a_page_of_chats_or_unreadable(data: Any) -> None:
    with suppress(Unreadable):
        page = read_chats(data, SELLER, ASOF, limit=100)
        assert len(page.chats) + page.skipped == page.rows
