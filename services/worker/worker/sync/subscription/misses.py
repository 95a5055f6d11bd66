"""Which messages count as missed by webhook. Pure."""

from collections.abc import Mapping


def overdue(unproved: Mapping[str, float], proof_s: float, taken_until: float) -> list[str]:
    """Return the messages whose webhook had its time and did not come.

    `unproved`: by when a sweep found them (Unix s). `taken_until`: what was accepted later than this may
    lie uncommitted in the inbox or a spool, so nothing is said of it.
    """
    return [name for name, found_at in unproved.items() if found_at + proof_s < taken_until]
