from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from push_gateway.chats.search.index import Index
from push_gateway.http import paging
from push_gateway.http.paging import ScoredMember
from shared.search_words import WordCollector, read_codes


def chat(text: Any = "Здравствуйте, ещё продаёте?", **more: Any) -> dict[str, Any]:
    return {
        "buyer": {"name": "Ольга"},
        "item": {"title": "Велосипед", "place": "Казань"},
        "last_message": {"content": {"text": text}},
        "updated": 5,
        "unread": 0,
        "unanswered_since": None,
    } | more


def found(query: str, held: dict[str, Any], kind: Any = "all") -> bool:
    index = Index()
    index.put(1, "c", held)
    return [hit.chat_id for hit in index.find(query, kind)] == ["c"]


@pytest.mark.parametrize("query", ["ольга", "ВЕЛО", "еще", "ЕЩЁ", "казань ольга", "  продаёте  ", ""])
def test_every_word_is_searched_in_all_texts(query: str) -> None:
    assert found(query, chat())


def test_a_word_that_is_nowhere_finds_nothing() -> None:
    assert not found("ольга мотоцикл", chat())


@pytest.mark.parametrize(
    "held",
    [
        chat(last_message={"content": {"link": {"text": "смотри", "url": "https://example.com"}}}),
        chat(last_message={"content": {"item": {"title": "смотри"}}}),
    ],
)
def test_words_inside_links_and_items_are_found(held: dict[str, Any]) -> None:
    assert found("смотри", held)


@pytest.mark.parametrize(
    "held",
    [
        {},
        chat(buyer=None, item=None, last_message=None),
        chat(text=None),
        chat(text=7),
        chat(last_message={}),
    ],
)
def test_a_chat_with_parts_missing_is_searchable(held: dict[str, Any]) -> None:
    assert found("", held)


def test_filters_go_with_the_search() -> None:
    assert not found("ольга", chat(), "unread")
    assert found("ольга", chat(unread=1), "unread")
    assert not found("ольга", chat(), "unanswered")
    assert found("ольга", chat(unanswered_since=3), "unanswered")


def test_own_and_unassigned_chats_can_be_filtered() -> None:
    index = Index()
    for chat_id, owner in (("mine", "vera"), ("hers", "olga"), ("free", None)):
        index.put(1, chat_id, chat(owner=owner))

    assert [hit.chat_id for hit in index.find("ольга", "mine", "vera")] == ["mine"]
    assert [hit.chat_id for hit in index.find("ольга", "free", "vera")] == ["free"]


def test_words_of_other_messages_make_a_candidate_that_must_be_verified() -> None:
    said = WordCollector()
    said.add({"text": "Скидки будут?"})
    index = Index()
    index.put(1, "c", chat())
    index.put_words(1, "c", read_codes(said.written()))

    (named,) = index.find("ольга велосипед", "all")
    (said_before,) = index.find("ольга скидку", "all")
    (said_last,) = index.find("продаёте", "all")

    assert (named.sure, named.wanted) == (True, ())
    assert (said_before.sure, [word.typed for word in said_before.wanted]) == (False, ["скидку"])
    assert (said_last.sure, [word.typed for word in said_last.wanted]) == (True, ["продаете"])
    assert index.find("самокат", "all") == []


def test_a_chat_that_is_gone_is_not_found() -> None:
    index = Index()
    index.put(1, "c", chat())
    index.put(1, "c", None)

    assert index.find("", "all") == []
    assert len(index) == 0


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 2**62), st.binary(max_size=300))
def test_a_cursor_comes_back_as_it_went(score: float, account: int, member: bytes) -> None:
    entry = ScoredMember(score, account, member)

    assert paging.read_cursor(paging.write_cursor(entry)) == entry


@given(st.text(max_size=40))
def test_any_other_text_is_an_invalid_cursor(text: str) -> None:
    with suppress(ValueError):
        paging.read_cursor(text)
