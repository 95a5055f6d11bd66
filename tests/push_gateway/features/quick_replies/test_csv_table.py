"""Quick replies as CSV: files of spreadsheets are read back unchanged, or refused with a line."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from push_gateway.features.quick_replies import csv_table
from push_gateway.features.quick_replies.catalogue import MOST, Wording
from push_gateway.features.quick_replies.csv_table import MOST_PROBLEMS, read, write
from tests.push_gateway.features.quick_replies.wordings import WORDINGS

BOM = b"\xef\xbb\xbf"
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def problems(text: str | bytes) -> list[tuple[int, str]]:
    found = read(text if isinstance(text, bytes) else text.encode())
    return [(problem.line, problem.why) for problem in found.problems]


@given(st.lists(WORDINGS, min_size=1, max_size=6, unique_by=lambda one: one.key))
def test_an_exported_file_is_read_back_unchanged(wordings: list[Wording]) -> None:
    again = read(write(wordings))

    assert (again.rows, again.problems) == (wordings, [])


@given(st.lists(WORDINGS, min_size=1, max_size=6))
def test_no_exported_cell_begins_like_a_formula(wordings: list[Wording]) -> None:
    text = write(wordings).decode("utf-8-sig")

    for row in csv.reader(io.StringIO(text, newline=""), delimiter=";"):
        assert not any(cell.startswith(FORMULA_SIGNS) for cell in row)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"name;text\n{text}".encode()))
def test_any_file_gives_either_rows_or_problems_with_a_line(data: bytes) -> None:
    found = read(data)

    assert bool(found.rows) or bool(found.problems)
    assert all(1 <= problem.line <= data.count(b"\n") + data.count(b"\r") + 1 for problem in found.problems)


def test_a_file_is_exported_as_excel_opens_it_in_russia() -> None:
    data = write([Wording("Начало", "Привет", "раз\nдва")])

    assert data == BOM + '"folder";"name";"text"\r\n"Начало";"Привет";"раз\nдва"\r\n'.encode()


@pytest.mark.parametrize(
    "file",
    [
        "folder;name;text\nНачало;Привет;Здравствуйте!\n",
        "folder,name,text\r\nНачало,Привет,Здравствуйте!\r\n",
        "Папка;Название;Текст\nНачало;Привет;Здравствуйте!",
        'text;folder;name;note\n"Здравствуйте!";Начало;Привет;for us\n',
        "\ufeffname;text;folder\n\n;;\nПривет;Здравствуйте!;Начало\n\n",
        "folder;name;text\rНачало;Привет;Здравствуйте!\r",
    ],
    ids=[
        "semicolons",
        "commas",
        "Russian heads",
        "other order and columns",
        "BOM and blank lines",
        "old Mac",
    ],
)
def test_every_usual_form_of_the_file_is_understood(file: str) -> None:
    found = read(file.encode())

    assert (found.rows, found.problems) == ([Wording("Начало", "Привет", "Здравствуйте!")], [])


def test_the_folder_may_be_left_out() -> None:
    assert read(b"name,text\nHi,Hello\n").rows == [Wording("", "Hi", "Hello")]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("", [(1, "no_header")]),
        ("Hi;Hello\n", [(1, "no_header")]),
        ("name;text\n", [(1, "no_rows")]),
        ("name;text\nHi;\n", [(2, "bad_text")]),
        ('name;text\n"a\nb";"1\n2"\nHi;\n', [(2, "bad_name"), (5, "bad_text")]),
        ("name;text\nHi;Hello;more\nHo\n", [(2, "bad_cells"), (3, "bad_cells")]),
        ("name;text\nHi;Hello\nHI;Hello again\n", [(3, "twice")]),
        ('name;text\nHi;Hello\nHo;"never closed\nand on\n', [(3, "bad_quotes")]),
        ('name;text\nHi;"Hello" there\n', [(2, "bad_quotes")]),
        ("name;text\nHi;bell\x07\n", [(2, "bad_text")]),
        ("name;text\nHi;Hello\nПривет;Привет".encode("cp1251"), [(3, "not_utf8")]),
    ],
)
def test_a_problem_is_reported_with_its_line(file: str | bytes, expected: list[tuple[int, str]]) -> None:
    assert problems(file) == expected


def test_a_cell_without_end_is_a_problem_of_its_line() -> None:
    endless = "x" * 200_000

    assert problems(endless) == [(1, "no_header")]
    assert problems(f"name;text\nHi;Hello\nHo;{endless}") == [(3, "bad_quotes")]


def test_problems_are_reported_up_to_a_limit() -> None:
    assert len(problems("name;text\n" + ";x\n" * 500)) == MOST_PROBLEMS


def test_too_many_rows_are_refused_at_the_first_one_too_many() -> None:
    rows = "".join(f"n{number};x\n" for number in range(MOST + 1))

    assert problems(f"name;text\n{rows}") == [(MOST + 2, "too_many")]


@pytest.mark.parametrize("blank", [";;\r\n", "\n", ";;\n \n"])
def test_the_million_empty_rows_of_a_spreadsheet_are_no_rows(blank: str) -> None:
    found = read(("folder;name;text\n;Hi;Hello\n" + blank * 300_000).encode())

    assert (found.rows, found.problems) == ([Wording("", "Hi", "Hello")], [])


@pytest.mark.parametrize("junk", [";" * 2_000_000, '"\n";' * 400_000, '"' + "\n" * 2_000_000])
def test_a_row_that_is_far_too_long_is_a_problem_of_its_line(junk: str) -> None:
    assert problems(f"name;text\nHi;Hello\n{junk}x") == [(3, "bad_quotes")]


def test_empty_rows_without_an_end_are_too_many() -> None:
    assert problems("name;text\nHi;Hello\n" + "\n" * 1_000_000 + "Ho;Hello")[0][1] == "too_many"


def test_the_largest_catalogue_fits_into_the_largest_file() -> None:
    fullest = [Wording("я" * 100, f"{number:я>100}", "я" * 1_000) for number in range(MOST)]

    assert len(write(fullest)) < csv_table.MOST_BYTES
