"""Words are found by their stems, and while they are typed by their beginning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.search_words import WordCollector, find_words, query_words, read_codes, searchable_texts, stem

RUSSIAN = st.text("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", min_size=1, max_size=24)
ANY_TEXT = st.one_of(RUSSIAN, st.text(max_size=60))


def kept(*said: str) -> bytes:
    gathered = WordCollector()
    for text in said:
        gathered.add({"text": text})
    return gathered.written()


def is_found(query: str, *said: str) -> bool:
    codes = read_codes(kept(*said))
    return all(word.may_be_in(codes) for word in query_words(query))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("велосипед", "Есть ещё велосипеды?"),
        ("велосипедами", "продам ВЕЛОСИПЕД"),
        ("скидку", "а скидки бывают"),
        ("доставка", "Доставкой отправите?"),
        ("красная", "красного нет"),
        ("работать", "всё работает"),
        ("ежик", "Ёжики"),
        ("iphone", "IPHONE 13"),
        ("13", "iPhone-13"),
        ("8916", "89161234567"),
    ],
)
def test_other_forms_of_a_word_are_found(query: str, said: str) -> None:
    assert is_found(query, said)


@pytest.mark.parametrize("typed", ["вел", "вело", "велоси", "велосипе"])
def test_a_word_that_is_still_being_typed_is_found_from_its_third_letter_on(typed: str) -> None:
    assert is_found(typed, "Отдам велосипед")


@pytest.mark.parametrize("query", ["ве", "сипед", "самокат", "велосипедист", "велосипед самокат"])
def test_absent_words_are_not_found(query: str) -> None:
    assert not is_found(query, "Отдам велосипед")


def test_words_of_links_and_items_count() -> None:
    assert searchable_texts({"link": {"text": "смотри", "url": "https://example.com"}}) == ["смотри"]
    assert searchable_texts({"item": {"title": "Шлем"}}) == ["Шлем"]


@pytest.mark.parametrize("content", [None, [], 7, {}, {"text": None}, {"text": 7}, {"item": []}])
def test_content_without_text_has_no_words(content: object) -> None:
    assert searchable_texts(content) == []


def test_a_very_long_chat_keeps_the_words_of_its_newest_messages() -> None:
    newest, oldest = "первое", "последнее"

    said = kept(newest, *(f"слово{number}" for number in range(5_000)), oldest)

    assert len(said) == 8 * 4_000
    assert query_words(newest)[0].may_be_in(read_codes(said))
    assert not query_words(oldest)[0].may_be_in(read_codes(said))


def test_endless_words_are_cut() -> None:
    assert is_found("а" * 500, "а" * 2_000)


@given(ANY_TEXT)
def test_a_word_begins_with_its_stem(text: str) -> None:
    for word in query_words(text):
        assert word.stem
        assert word.typed.startswith(word.stem)


@given(st.lists(ANY_TEXT, min_size=1, max_size=8), st.integers(0, 7), st.integers(1, 60))
def test_the_index_never_denies_what_a_message_holds(said: list[str], which: int, letters: int) -> None:
    codes = read_codes(kept(*said))

    for word in query_words(said[which % len(said)][:letters]):
        if any(list(find_words(text, [word])) for one in said for text in searchable_texts({"text": one})):
            assert word.may_be_in(codes)


@given(st.lists(RUSSIAN, max_size=40))
def test_words_are_read_back_each_once_and_in_order(said: list[str]) -> None:
    codes = read_codes(kept(*said))

    assert list(codes) == sorted(set(codes))
    assert len(codes) <= len({stem(word) for word in said})


@given(st.binary(max_size=100))
def test_other_bytes_raise_no_error(data: bytes) -> None:
    assert len(read_codes(data)) == len(data) // 8


@given(ANY_TEXT, RUSSIAN)
def test_a_found_word_is_at_its_position(before: str, word: str) -> None:
    (text,) = searchable_texts({"text": f"{before} {word}"})
    spans = [(start, end) for start, end, _ in find_words(text, query_words(word))]

    assert (len(text) - len(word), len(text)) in spans
