"""How messages are noticed, by kind, unless the owner chooses otherwise. Pure.

What is of no kind in the table is a buyer's words: unread, it rings, and the buyer waits for an answer.
"""

from collections.abc import Mapping
from typing import Literal, get_args

Notice = Literal["show", "ring", "wait", "auto"]
"""`show`: it stands in the thread. `ring`: it is unread as well and rings once. `wait`: as a buyer's words.

`auto`: `wait` in a chat that holds a word of the buyer, `show` in any other.
"""

DEFAULTS: dict[str, Notice] = {
    "system": "show",
    "lead": "ring",
    "call": "auto",
    "appCall": "auto",
}
"""The kinds that the owner can choose for. `lead`: a system message that tells of a new customer."""

VERSION = 1
"""To be raised when messages are told apart by other rules: every held message is then read again."""


def choices_for(kind: str) -> tuple[str, ...]:
    """Return what can be chosen for a kind; only calls know `auto`."""
    return tuple(one for one in get_args(Notice) if one != "auto" or DEFAULTS[kind] == "auto")


def rule_of(notices: Mapping[str, str]) -> str:
    """Return the choice for each kind as the commit reads it (lua/_notice.lua)."""
    return " ".join([str(VERSION), *(f"{kind}={notices[kind]}" for kind in DEFAULTS)])


def version_of(rule: str) -> int:
    """Return the version of a rule; 0 for none."""
    version = rule.partition(" ")[0]
    return int(version) if version.isdigit() else 0
