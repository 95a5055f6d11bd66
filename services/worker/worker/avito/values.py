"""Reads single values and envelopes of Avito's answers, whatever else is in them. Pure."""

from dataclasses import dataclass
from typing import Any

from worker.messages.fields import whole_number
from worker.messages.message import Unreadable

_LONGEST = 2000
_ENVELOPES = ("result", "data", "response")
_DEEPEST = 4
_MOST_ROWS = 1_000
"""Ten times as many as are asked for at once."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a page, as Avito gave them. `more`: a next page may be there."""

    rows: list[Any]
    more: bool


def read_rows(data: Any, name: str, limit: int) -> Rows:
    """Return the list called `name`, bare or in envelopes such as `{"result": …}`.

    `meta` says whether there is more, where Avito gives it; else a full page does. Raises Unreadable where
    there is no list: that is no page without rows.
    """
    has_more: Any = None
    for _ in range(_DEEPEST):
        if isinstance(data, list):
            more = has_more if isinstance(has_more, bool) else len(data) >= limit
            return Rows(data[:_MOST_ROWS], more or len(data) > _MOST_ROWS)
        has_more = object_of(object_of(data).get("meta")).get("has_more", has_more)
        data = _opened(data, name)
    raise Unreadable(f"no list of {name}")


def unwrapped(data: Any, name: str, field: str) -> dict[str, Any]:
    """Return the object that has `field`, bare, or as `{name: …}`, or in an envelope; else an empty one."""
    for _ in range(_DEEPEST):
        if isinstance(data, dict) and field in data:
            return data
        data = _opened(data, name)
    return {}


def positive_int(value: Any) -> int | None:
    """Return a positive number that fits 63 bits, also as text; None for all else."""
    return whole_number(value) or None


def bounded_text(value: Any) -> str | None:
    """Return a text, cut at 2,000 characters; None for none."""
    return value[:_LONGEST] if isinstance(value, str) and value.strip() else None


def web_link(value: Any) -> str | None:
    """Return a web address; None for any other kind of link."""
    is_web = isinstance(value, str) and value.lower().startswith(("https://", "http://"))
    return value if is_web and len(value) <= _LONGEST else None


def object_of(value: Any) -> dict[str, Any]:
    """Return a JSON object; an empty one for any other value."""
    return value if isinstance(value, dict) else {}


def _opened(data: Any, name: str) -> Any:
    """Return what is called `name`, else what the first envelope holds."""
    fields = object_of(data)
    return next((fields[part] for part in (name, *_ENVELOPES) if part in fields), None)
