"""Values that cannot be read: skipped, told once for each key, counted."""

import logging

import orjson
import pytest

from shared.process import stored
from shared.process.stored import UNREADABLE, read_each, read_or, texts


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "_told", set())


def test_what_cannot_be_read_is_left_out() -> None:
    assert read_each("key", [b"1", b"x", b"", b"\xff", None, b"2"], int) == [1, 2]  # type: ignore[arg-type]
    assert read_each("key", [b"{", b"5", b'{"a":1}'], lambda text: orjson.loads(text)["a"]) == [1]
    assert texts("key", [b"\xff", "я".encode()]) == ["я"]


def test_a_value_that_is_missing_or_cannot_be_read_is_replaced() -> None:
    assert [read_or("key", value, float, 7.0) for value in (None, b"x", b"2.5")] == [7.0, 7.0, 2.5]


def test_each_is_counted_and_its_key_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    before = UNREADABLE._value.get()
    with caplog.at_level(logging.WARNING):
        read_each("one", [b"x", b"y"], int)
        read_each("two", [b"x"], int)

    assert UNREADABLE._value.get() - before == 3
    assert [record.__dict__["key"] for record in caplog.records] == ["one", "two"]
