"""Messages older than we hold: asked from Avito for the asker alone, never committed.

A place is where a page ends and the one above it begins: `after` so many newer messages (a hint, the thread
may have moved on) comes the message `id`, created at `created`. The answer is `{messages, next}`, oldest
first; `next` is the place of the page above as `[after, created, id]`, null at the end.
"""

import base64
import binascii
import math
from dataclasses import dataclass
from typing import Any

import orjson

_MARK = "h."
MOST_AFTER = 1000
KEPT_S = 60
"""How long an answer may be given again."""


@dataclass(frozen=True, slots=True)
class ThreadCursor:
    """Where older messages begin."""

    after: int
    created: float
    id: str


def write_cursor(place: ThreadCursor) -> str:
    """Return the opaque cursor of the page above this place."""
    text = orjson.dumps([place.after, place.created, place.id])
    return _MARK + base64.urlsafe_b64encode(text).decode().rstrip("=")


def is_cursor(text: str) -> bool:
    """Tell a cursor of ours from those of held pages."""
    return text.startswith(_MARK)


def read_cursor(text: str) -> ThreadCursor:
    """Read a cursor; raises ValueError for anything else."""
    coded = text.removeprefix(_MARK)
    try:
        return parse_cursor(orjson.loads(base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4))))
    except (binascii.Error, UnicodeError) as error:
        raise ValueError("not a cursor") from error


def parse_cursor(value: Any) -> ThreadCursor:
    """Read `[after, created, id]`; raises ValueError for anything else."""
    match value:
        case [int(after), int() | float() as created, str(message_id)] if not isinstance(after, bool):
            place = ThreadCursor(after, float(created), message_id)
        case _:
            raise ValueError("not a place")
    if not (0 <= place.after <= MOST_AFTER and math.isfinite(place.created)):
        raise ValueError("not a place")
    return place
