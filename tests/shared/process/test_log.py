"""Log lines: one line a record, whatever is in it."""

import logging
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.printable import is_acting
from shared.process.log import JsonFormatter, TextFormatter

HOSTILE = "\x1b]0;owned\x07\r\n12:00:00.000 INFO    worker: forged\u2028\x9b2J\u202e\ud800"
TEXT = st.text(st.characters(), max_size=40) | st.just(HOSTILE)


def record(message: str, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("worker", logging.INFO, "x.py", 1, "%s", (message,), None)
    vars(made).update(fields)
    return made


@given(TEXT, TEXT)
def test_a_text_record_is_one_printable_line(message: str, value: str) -> None:
    line = TextFormatter().format(record(message, chat=value))

    assert len(line.splitlines()) == 1
    assert not any(map(is_acting, line))


@given(TEXT, TEXT)
def test_a_json_record_is_one_printable_line_that_loses_nothing(message: str, value: str) -> None:
    line = JsonFormatter().format(record(message, chat=value))

    assert len(line.splitlines()) == 1
    assert not any(map(is_acting, line))
    if "\ud800" not in (message + value) and (message + value).isprintable():
        read = orjson.loads(line)
        assert (read["event"], read["chat"]) == (message.rstrip(), value)


@pytest.mark.parametrize("value", ["Вера", "Вера\x9b2J\u202e\x7f\n", "\U000e0041"])
def test_json_holds_any_text_as_it_is(value: str) -> None:
    line = JsonFormatter().format(record("said", buyer=value, small=1))

    assert orjson.loads(line)["buyer"] == value
    assert ("Вера" in line) == ("Вера" in value)


def test_json_holds_what_is_no_json() -> None:
    line = JsonFormatter().format(record("said", half="\ud800", huge=2**70, path=Path("x")))

    assert '"half": "\\ud800"' in line
    assert str(2**70) in line


def test_a_value_cannot_look_like_other_fields() -> None:
    line = TextFormatter().format(record("wrong", address="192.0.2.1", operator='x" address=203.0.113.9'))

    assert line.endswith(r'wrong address=192.0.2.1 operator="x\" address=203.0.113.9"')
    assert TextFormatter().format(record("wrong", why="no answer")).endswith("wrong why=no answer")


def test_a_traceback_cannot_begin_a_line_of_the_log() -> None:
    lines = (
        TextFormatter()
        .format(record("failed", exc_info=(ValueError, ValueError(HOSTILE), None)))
        .splitlines()
    )

    assert len(lines) > 2
    assert [line for line in lines[1:] if line[:1].isdigit()] == []
    assert not any(map(is_acting, "".join(lines)))
