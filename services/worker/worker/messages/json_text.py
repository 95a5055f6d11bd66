"""Parses JSON as it really arrives. Pure."""

import json
import re
from math import isfinite
from typing import Any

import orjson

_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_PADDING = b"\0 \t\r\n"
_LONGEST_INTEGER = 20
"""More digits may not fit 64 bits."""
_BEFORE_VALUES = (b",", b"[", b"{")


class TooManyValuesError(ValueError):
    """A body has more values than are read; the text says so."""


def parse_json(body: bytes, most_values: int) -> Any:
    """Parse a body; raises ValueError when it is no JSON at all, or nested more deeply than can be read.

    Raises TooManyValuesError, before it is parsed, when it has more commas and opening brackets than
    `most_values`, those in texts too: what is done with each value costs far more than its bytes.
    A byte order mark, UTF-16, NULs around it and raw control characters do no harm. Half a surrogate pair
    and bytes that are not UTF-8 become U+FFFD; NaN and infinities become null.
    """
    if len(body) > most_values and sum(map(body.count, _BEFORE_VALUES)) > most_values:
        raise TooManyValuesError(f"more than {most_values:,} values")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _parse_tolerantly(body)


def _parse_tolerantly(body: bytes) -> Any:
    """Take a slower way, about ten times: for what orjson refuses."""
    encoding = json.detect_encoding(body)
    text = (body.strip(_PADDING) if encoding.startswith("utf-8") else body).decode(encoding, "replace")
    try:
        value = json.loads(
            text, strict=False, parse_constant=lambda _: None, parse_int=_integer, parse_float=_float
        )
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return orjson.loads(_LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text))


def _integer(digits: str) -> int | float | None:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else _float(digits)


def _float(digits: str) -> float | None:
    number = float(digits)
    return number if isfinite(number) else None
