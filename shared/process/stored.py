"""Reads what is stored in Redis, so that one value that cannot be read stops no loop and no page.

It is skipped, logged once for each key and counted.
"""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from prometheus_client import Counter

T = TypeVar("T")
R = TypeVar("R")

UNREADABLE = Counter(
    "avito_live_unreadable_values_total", "Values in Redis that could not be read", registry=None
)
_ERRORS = (ValueError, TypeError, LookupError, AttributeError)
_MOST_TOLD = 1_000
_LOG = logging.getLogger("shared.stored")
_told: set[str] = set()


def read_each(key: str, values: Iterable[T], read: Callable[[T], R]) -> list[R]:
    """Return what `read` makes of the values of a key, without those that it cannot read."""
    found: list[R] = []
    for value in values:
        try:
            found.append(read(value))
        except _ERRORS as error:
            _note(key, error)
    return found


def read_or(key: str, value: T | None, read: Callable[[T], R], otherwise: R) -> R:
    """Return what `read` makes of a value, `otherwise` if there is none or it cannot be read."""
    found = [] if value is None else read_each(key, [value], read)
    return found[0] if found else otherwise


def texts(key: str, values: Iterable[bytes]) -> list[str]:
    """Return these values as text, without those that are none."""
    return read_each(key, values, bytes.decode)


def _note(key: str, error: Exception) -> None:
    UNREADABLE.inc()
    if key not in _told and len(_told) < _MOST_TOLD:
        _told.add(key)
        _LOG.warning("shared.stored.unreadable", extra={"key": key, "error": type(error).__name__})
