"""The messages of a thread: how its sorted set names them, and the cursor of those older than we hold.

Older messages are read from Avito for the operator who asks, and never committed. A cursor tells where they
begin: `after` so many newer messages (a hint: the thread may have moved on) comes the message `id`, created
at `created`. The answer is `{messages, next}`, oldest first; `next` is the next cursor as
`[after, created, id]`, or null at the end.
"""

import math
from dataclasses import dataclass
from typing import Any

from shared.wires import cursors

_MARK = "h."
MOST_AFTER = 1000
KEPT_S = 60
"""How long a page may be served again."""


@dataclass(frozen=True, slots=True)
class ThreadCursor:
    """Where older messages begin."""

    after: int
    created: float
    id: str


def message_id_of(member: bytes) -> bytes:
    """Return the id in a member of the sorted set, which is `~<id>` or `<three digits of rank><id>`."""
    return member[1:] if member.startswith(b"~") else member[3:]


def write_cursor(cursor: ThreadCursor) -> str:
    """Return the cursor as opaque text."""
    return _MARK + cursors.write([cursor.after, cursor.created, cursor.id])


def is_cursor(text: str) -> bool:
    """Tell a cursor of older messages from one of the messages we hold."""
    return text.startswith(_MARK)


def read_cursor(text: str) -> ThreadCursor:
    """Read a cursor; raises ValueError for anything else."""
    return parse_cursor(cursors.read(text.removeprefix(_MARK)))


def parse_cursor(value: Any) -> ThreadCursor:
    """Read `[after, created, id]`; raises ValueError for anything else."""
    match value:
        case [int(after), int() | float() as created, str(message_id)] if not isinstance(after, bool):
            cursor = ThreadCursor(after, float(created), message_id)
        case _:
            raise ValueError("not a cursor")
    if not (0 <= cursor.after <= MOST_AFTER and math.isfinite(cursor.created)):
        raise ValueError("not a cursor")
    return cursor
