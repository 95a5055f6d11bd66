"""Bounds what a process says of one trouble that many loops, or every entry of a backlog, meet."""

import time

from shared.timing.rate_limiter import RateLimiters

_LIMITERS = RateLimiters(per_second=1 / 60, names=1_000)


def is_due(trouble: str) -> bool:
    """Tell whether nothing was said of it for a minute; if so, it counts as said now."""
    return not _LIMITERS.take(trouble, time.monotonic())
