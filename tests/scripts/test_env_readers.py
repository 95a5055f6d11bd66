"""Lines of `.env` that our commands, docker compose and systemd do not read alike."""

import io

import pytest
from dotenv.parser import parse_stream
from hypothesis import given
from hypothesis import strategies as st

from avito_live.env_readers import ambiguous_lines


@pytest.mark.parametrize(
    "line",
    [
        "A=Zima$2026x",
        "A=a\\b",
        "A=a #b",
        "A= # nothing",
        'A="a$b"',
        'A="a\\nb"',
        "A='a' # why",
        "A='a\\\\b'",
        "export A=1",
    ],
)
def test_a_value_that_depends_on_the_reader_is_found(line: str) -> None:
    assert [(found.number, found.name) for found in ambiguous_lines(f"# first\n\n{line}\nB=1\n")] == [
        (3, "A")
    ]


@pytest.mark.parametrize(
    "line",
    [
        "A=",
        "A=a b",
        "A=a#b",
        "A=#b",
        "A=it's",
        "A='Zima$2026x'",
        "A='a #b'",
        "A='a\\b'",
        'A="a # b"',
        "A = 5",
        "A=a;b",
    ],
)
def test_one_that_all_read_alike_is_not(line: str) -> None:
    assert list(ambiguous_lines(f"{line}\n")) == []


@given(st.text(alphabet='ab$#;= \t"', max_size=12))
def test_single_quotes_make_any_value_without_quotes_and_backslashes_the_same_for_all(value: str) -> None:
    line = f"A='{value}'\n"

    assert list(ambiguous_lines(line)) == []
    (binding,) = parse_stream(io.StringIO(line))
    assert binding.value == value


@given(st.text(max_size=40))
def test_no_file_breaks_the_search(text: str) -> None:
    list(ambiguous_lines(text))
