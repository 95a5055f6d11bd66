"""Gives an inbox entry up: it goes to the dead letters with its reason, see shared/wires/dead_letters.py."""

from collections.abc import Mapping
from typing import Any

from shared.redis import keys, lua
from shared.wires.dead_letters import AT, KEPT, REASON

BURY = lua.load("dead_letter")
MOST = 10_000
_LONGEST_REASON = 500


def dead_letter_command(entry: bytes, fields: Mapping[bytes, bytes], reason: str, now: float) -> list[Any]:
    """Return the command that moves an inbox entry to the dead letters."""
    names = [keys.INBOX, keys.DEAD, keys.TRIES, keys.COUNTERS]
    kept: list[Any] = [part for name in KEPT if name in fields for part in (name, fields[name])]
    kept += [REASON, reason[:_LONGEST_REASON], AT, repr(now)]
    return ["EVALSHA", BURY.sha, len(names), *names, keys.INBOX_GROUP, entry, MOST, *kept]
