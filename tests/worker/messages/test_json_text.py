"""JSON as it really arrives."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.messages.bodies import json_values
from worker.messages.json_text import TooManyValuesError, parse_json

MOST = 1_000_000


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'["ab \ud83d"]', ["ab \N{REPLACEMENT CHARACTER}"]),
        (rb'["\ud83d\ude00 \ude00"]', ["\N{GRINNING FACE} \N{REPLACEMENT CHARACTER}"]),
        (rb'{"\ud83d": 1}', {"\N{REPLACEMENT CHARACTER}": 1}),
        (b'["\xff"]', ["\N{REPLACEMENT CHARACTER}"]),
        (b"\xef\xbb\xbf{}", {}),
        ("[\u0451]".replace("\u0451", '"\u0451"').encode("utf-16"), ["\u0451"]),
        (b'["a\nb"]\0\0', ["a\nb"]),
        (b"[NaN, -Infinity, 1e999]", [None, None, None]),
        (b"[1" + b"0" * 30 + b"]", [1e30]),
        (b"[1" + b"0" * 6_000 + b"]", [None]),
    ],
)
def test_what_orjson_refuses_is_read_as_far_as_it_can_be(body: bytes, value: object) -> None:
    assert parse_json(body, MOST) == value


@pytest.mark.parametrize(
    "body", [b"", b"[1,", b"<html>", b"[" * 100_000, b'{"a":' * 5_000, b"{}{}", b"\xff\xfe"]
)
def test_what_is_no_json_or_too_deep_raises_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"^[a-zA-Z]"):
        parse_json(body, MOST)


@given(json_values)
def test_the_slow_way_reads_as_the_fast_one_does(value: object) -> None:
    body = orjson.dumps(value)

    assert parse_json(b"\xef\xbb\xbf" + body, MOST) == orjson.loads(body)


@given(st.text(st.characters(), max_size=20))
def test_any_text_with_escapes_is_read(text: str) -> None:
    """Half surrogate pairs among it."""
    (read,) = parse_json(json.dumps([text]).encode(), MOST)

    assert read.encode() == read.encode("utf-8", "ignore")
    assert len(read) <= len(text)


@given(json_values, st.integers(0, 20))
def test_a_body_is_parsed_up_to_so_many_values(value: object, most: int) -> None:
    body = orjson.dumps(value)
    values = sum(map(body.count, (b",", b"[", b"{")))

    if values <= most:
        assert parse_json(body, most) == orjson.loads(body)  # which is null of what is infinite
    else:
        with pytest.raises(TooManyValuesError, match=f"more than {most} values"):
            parse_json(body, most)
