"""The message that a search shows, and its excerpt."""

import unicodedata
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from push_gateway.chats.search.excerpts import Excerpt, ExcerptFinder
from shared.search_words import find_words, query_words, searchable_texts


def message(message_id: str, text: Any, created: float = 5, **more: Any) -> bytes:
    value = {"id": message_id, "content": {"text": text}, "quote": None, "created": created} | more
    return b"header\n" + orjson.dumps(value)


def sought(query: str, *newest_first: bytes) -> Excerpt | None:
    seeker = ExcerptFinder(query_words(query))
    seeker.take(newest_first)
    return seeker.found()


def test_the_newest_message_with_the_word_is_shown() -> None:
    held = [message("m3", "до завтра", 3), message("m2", "два Велосипеда", 2), message("m1", "велосипед", 1)]

    assert sought("велосипед", *held) == Excerpt("m2", 2, "два ", "Велосипеда", "")


def test_a_message_with_all_words_is_shown_before_newer_ones_with_some() -> None:
    held = [message("m3", "скидка"), message("m2", "скидка на велосипед"), message("m1", "велосипед")]

    found = sought("велосипеды скидки", *held)

    assert found is not None
    assert found.message_id == "m2"


def test_words_may_stand_in_several_messages() -> None:
    found = sought("велосипед скидка", message("m2", "скидка"), message("m1", "велосипед"))

    assert found is not None
    assert found.message_id == "m2"


@pytest.mark.parametrize("held", [[], [message("m1", "скидка")], [message("m1", None)]])
def test_a_word_that_is_nowhere_finds_nothing(held: list[bytes]) -> None:
    assert sought("велосипед скидка", *held) is None


def test_a_deleted_message_is_not_found_even_if_quoted() -> None:
    deleted = message("m1", "", content={}, quote={"content": {"text": "велосипед"}})

    assert sought("велосипед", deleted) is None


def test_a_long_message_is_cut_around_the_word_at_whole_words() -> None:
    text = "Здравствуйте, скажите пожалуйста, а детский велосипед\nещё продаётся? " + "очень " * 40
    found = sought("велосипед", message("m1", text))

    assert found is not None
    assert found.before == "…пожалуйста, а детский "
    assert found.after.startswith(" ещё продаётся? очень")
    assert found.after.endswith("очень…")


@given(st.lists(st.text(max_size=40), max_size=6), st.text(max_size=20))
def test_any_text_can_be_cut_and_the_excerpt_has_the_word(said: list[str], query: str) -> None:
    found = sought(query, *(message(f"m{number}", text) for number, text in enumerate(said)))

    if found is not None:
        shown = "".join(
            " " if letter.isspace() else letter
            for letter in unicodedata.normalize("NFC", said[int(found.message_id[1:])])
        )
        assert found.before.lstrip("…") + found.word + found.after.rstrip("…") in shown


WORDS_SAID = st.sampled_from(["скидка", "скидки", "велосипед", "велосипеду", "сегодня", "да"])


@given(
    st.lists(st.lists(WORDS_SAID, max_size=4).map(" ".join), max_size=8),
    st.lists(WORDS_SAID, min_size=1, max_size=3),
)
def test_unparsed_messages_change_nothing(said: list[str], query: list[str]) -> None:
    wanted = query_words(" ".join(query))
    held = [message(f"m{number}", text) for number, text in enumerate(said)]

    here = [
        {word for text in searchable_texts({"text": text}) for _, _, word in find_words(text, wanted)}
        for text in said
    ]
    found = sought(" ".join(query), *held)

    if set(wanted) - set().union(*here):
        assert found is None
    else:
        assert found is not None
        assert found.message_id == f"m{max(range(len(said)), key=lambda at: len(here[at]))}"
