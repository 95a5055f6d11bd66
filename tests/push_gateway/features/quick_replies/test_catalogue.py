"""The rules of the catalogue of quick replies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from push_gateway.features.quick_replies.catalogue import (
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST,
    Catalogue,
    CatalogueError,
    Edit,
    QuickReply,
    Stamp,
    Wording,
    add,
    change,
    in_order,
    merge,
    remove,
    wording,
)
from tests.push_gateway.features.quick_replies.wordings import WORDINGS

ANNA, BORIS = Stamp("anna", 10.0), Stamp("boris", 20.0)
HELLO = Wording("Начало", "Привет", "Здравствуйте, {имя}!")
PRICE = Wording("", "Цена", "Цена окончательная: {цена}")


def book_of(*wordings: Wording) -> Catalogue:
    return {str(n): QuickReply(str(n), one, 1, "anna", 10.0) for n, one in enumerate(wordings)}


def after(book: Catalogue, edit: Edit) -> Catalogue:
    kept = {reply_id: reply for reply_id, reply in book.items() if reply_id not in edit.gone}
    return kept | {reply.id: reply for reply in edit.put}


def why(book: Catalogue, *arguments: object) -> str:
    function, *rest = arguments
    with pytest.raises(CatalogueError) as refused:
        function(book, *rest)  # type: ignore[operator]  # one of add, change, remove, merge
    return refused.value.code


def test_outer_spaces_are_removed_and_line_breaks_normalized() -> None:
    assert wording(" Начало ", "  Привет ", " раз\r\nдва\rтри \n") == Wording(
        "Начало", "Привет", "раз\nдва\nтри"
    )


@pytest.mark.parametrize(
    ("folder", "name", "text", "expected"),
    [
        ("", "", "x", "bad_name"),
        ("", "   ", "x", "bad_name"),
        ("", "n" * (LONGEST_NAME + 1), "x", "bad_name"),
        ("", "two\nlines", "x", "bad_name"),
        ("f" * (LONGEST_NAME + 1), "n", "x", "bad_folder"),
        ("a\x00b", "n", "x", "bad_folder"),
        ("", "n", " \n ", "bad_text"),
        ("", "n", "t" * (LONGEST_TEXT + 1), "bad_text"),
        ("", "n", "bell\x07", "bad_text"),
        ("", "n", "half a letter \ud800", "bad_text"),
    ],
)
def test_an_invalid_field_is_refused_by_its_name(folder: str, name: str, text: str, expected: str) -> None:
    with pytest.raises(CatalogueError) as refused:
        wording(folder, name, text)
    assert refused.value.code == expected


def test_the_longest_name_and_text_are_accepted() -> None:
    longest = wording("я" * LONGEST_NAME, "я" * LONGEST_NAME, "я" * LONGEST_TEXT)

    assert len(longest.text) == LONGEST_TEXT


def test_a_new_quick_reply_has_version_one_and_its_author() -> None:
    assert add({}, "a1", HELLO, ANNA).put == (QuickReply("a1", HELLO, 1, "anna", 10.0),)


def test_names_are_unique_in_a_folder_without_regard_to_case() -> None:
    shouted = Wording("НАЧАЛО", "ПРИВЕТ", "Добрый день!")

    assert why(book_of(HELLO), add, "a1", shouted, ANNA) == "name_taken"
    assert why(book_of(HELLO, PRICE), change, "1", 1, shouted, ANNA) == "name_taken"
    assert add(book_of(HELLO), "a1", Wording("Конец", "Привет", "До свидания"), ANNA).put


def test_a_change_increments_the_version_and_a_second_one_is_told_who_was_first() -> None:
    book = book_of(HELLO)
    changed = after(book, change(book, "0", 1, PRICE, BORIS))

    assert changed["0"] == QuickReply("0", PRICE, 2, "boris", 20.0)
    with pytest.raises(CatalogueError, match="boris has changed") as lost:
        change(changed, "0", 1, HELLO, ANNA)
    assert lost.value.code == "changed"
    assert why(changed, remove, "0", 1) == "changed"


def test_the_same_words_again_are_no_change() -> None:
    book = book_of(HELLO)

    assert after(book, change(book, "0", 1, HELLO, BORIS)) == book


def test_a_removed_quick_reply_can_neither_be_changed_nor_removed() -> None:
    book = book_of(HELLO)
    emptied = after(book, remove(book, "0", 1))

    assert emptied == {}
    assert why(emptied, change, "0", 1, PRICE, ANNA) == "unknown_quick_reply"
    assert why(emptied, remove, "0", 1) == "unknown_quick_reply"


def test_a_full_catalogue_takes_changes_but_no_more_quick_replies() -> None:
    full = book_of(*(Wording("", f"n{n}", "x") for n in range(MOST)))

    assert why(full, add, "new", HELLO, ANNA) == "too_many"
    assert why(full, merge, [("new", HELLO)], ANNA) == "too_many"
    assert change(full, "0", 1, HELLO, ANNA).put
    assert len(merge(full, [("new", Wording("", "n1", "y"))], ANNA).put) == 1


def test_quick_replies_are_ordered_by_folder_and_name() -> None:
    last = Wording("Начало", "яблоко", "x")

    assert [reply.wording for reply in in_order(book_of(last, HELLO, PRICE))] == [PRICE, HELLO, last]


def test_two_spellings_of_a_folder_are_two_folders_in_sequence() -> None:
    names = [("начало", "б"), ("Начало", "в"), ("начало", "г"), ("Начало", "а")]
    book = book_of(*(Wording(folder, name, "x") for folder, name in names))

    assert [(one.wording.folder, one.wording.name) for one in in_order(book)] == sorted(names)


def test_an_import_adds_changes_and_leaves_the_rest() -> None:
    newer = Wording("начало", "привет", "Добрый день!")
    other = Wording("", "Адрес", "Москва")

    edit = merge(book_of(HELLO, PRICE), [("n1", newer), ("n2", PRICE), ("n3", other)], BORIS)

    assert edit == Edit(
        put=(QuickReply("0", newer, 2, "boris", 20.0), QuickReply("n3", other, 1, "boris", 20.0))
    )


@given(st.lists(WORDINGS, max_size=8, unique_by=lambda one: one.key))
def test_importing_the_same_again_changes_nothing(wordings: list[Wording]) -> None:
    empty: Catalogue = {}
    wanted = [(f"n{number}", one) for number, one in enumerate(wordings)]
    book = after(empty, merge(empty, wanted, ANNA))

    assert {reply.wording for reply in book.values()} == set(wordings)
    assert merge(book, wanted, BORIS) == Edit()


@given(WORDINGS)
def test_normalizing_twice_is_normalizing_once(one: Wording) -> None:
    assert wording(one.folder, one.name, one.text) == one
