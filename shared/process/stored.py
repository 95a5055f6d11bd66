"""Reads what is stored in Redis, so that one value that cannot be read stops no loop and no page.

It is skipped, logged once for each key and counted.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from prometheus_client import Counter
from redis.asyncio.client import Pipeline
from redis.exceptions import ResponseError

from shared.process.foreseen import is_store_error

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
            note(key, error)
    return found


def read_or(key: str, value: T | None, read: Callable[[T], R], otherwise: R) -> R:
    """Return what `read` makes of a value, `otherwise` if there is none or it cannot be read."""
    found = [] if value is None else read_each(key, [value], read)
    return found[0] if found else otherwise


def texts(key: str, values: Iterable[bytes]) -> list[str]:
    """Return these values as text, without those that are none."""
    return read_each(key, values, bytes.decode)


async def answers(pipe: Pipeline) -> list[Any]:
    """Execute reads; for a key of the wrong type the answer is the error. Raises RedisError."""
    found = await pipe.execute(raise_on_error=False)
    for answer in found:
        if isinstance(answer, Exception) and is_store_error(answer):
            raise answer
    return found


@dataclass(frozen=True, slots=True)
class skipping:  # noqa: N801 - like contextlib.suppress
    """Skips a block where Redis refuses it for what lies there, such as a key of the wrong type.

    `key` is named in the log. Redis' own trouble is raised.
    """

    key: str

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if not isinstance(error, ResponseError) or is_store_error(error):
            return False
        note(self.key, error)
        return True


def note(key: str, error: Exception | str, count: int = 1) -> None:
    """Count values of a key that cannot be read, and log the key once."""
    UNREADABLE.inc(count)
    if key not in _told and len(_told) < _MOST_TOLD:
        _told.add(key)
        why = error if isinstance(error, str) else type(error).__name__
        _LOG.warning("shared.stored.unreadable", extra={"key": key, "error": why})
