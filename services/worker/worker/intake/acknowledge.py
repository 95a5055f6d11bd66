"""Lets go of inbox entries that show nothing: probes, and canaries on their way to the gateways."""

from typing import Any

from shared.redis import keys, lua

SETTLE = lua.load("acknowledge")


def acknowledge_command(entry: bytes, now: float, canary: float | None) -> list[Any]:
    """Return the command; `canary`: when the canary was accepted, None for a probe."""
    names = [keys.STATE, keys.INBOX, keys.FACTS]
    accepted = "" if canary is None else repr(canary)
    return ["EVALSHA", SETTLE.sha, len(names), *names, keys.INBOX_GROUP, entry, repr(now), accepted]
