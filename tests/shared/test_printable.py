"""Text from outside is shown without acting on what shows it."""

import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.printable import is_acting, plain, printable, printable_lines

ACTING: tuple[Literal["Cc", "Cf", "Cs", "Zl", "Zp"], ...] = ("Cc", "Cf", "Cs", "Zl", "Zp")
ANY = st.text(st.characters(), max_size=60) | st.text(st.characters(categories=ACTING), max_size=60)


@given(ANY)
def test_a_printable_text_is_one_line_that_acts_on_nothing(text: str) -> None:
    shown = printable(text)

    assert len(shown.splitlines()) <= 1
    assert not any(map(is_acting, shown))
    assert all(unicodedata.category(letter) not in ACTING for letter in shown.replace("\u200d", ""))
    assert printable(shown) == shown


@given(st.text(st.characters(exclude_categories=ACTING), max_size=60))
def test_a_harmless_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == printable_lines(text) == plain(text) == text


@given(ANY)
def test_lines_stay_lines(text: str) -> None:
    assert printable_lines(text).split("\n") == [printable(line) for line in text.split("\n")]


@given(ANY)
def test_a_plain_text_loses_only_what_acts(text: str) -> None:
    kept = "".join(one for one in text if one == "\n" or not is_acting(one))

    assert plain(text).replace(" ", "") == kept.replace(" ", "")
    assert not any(map(is_acting, plain(text).replace("\n", "")))


@pytest.mark.parametrize("separator", ["\t", "\u2028", "\x85"])
def test_words_that_a_separator_parts_do_not_grow_together(separator: str) -> None:
    assert plain(f"да{separator}нет") == "да нет"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Привет, 10\xa0000 ₽ — «да»", "Привет, 10\xa0000 ₽ — «да»"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("\x9b2J", "\\x9b2J"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("gpj.\u202eexe", "gpj.\\u202eexe"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_acts_is_written_as_python_writes_it(text: str, shown: str) -> None:
    assert printable(text) == shown
