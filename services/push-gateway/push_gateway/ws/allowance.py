"""Bounds what one client may send: frames and bytes, in bursts and in the long run. Values only."""

from dataclasses import dataclass, field

from shared.timing.rate_limiter import RateLimiter

BURST = 240.0
PER_SECOND = 60.0
PATIENCE = 500
"""Frames in a row that are dropped before the connection is closed."""


@dataclass(slots=True)
class Allowance:
    """What a client may still send."""

    _limiter: RateLimiter = field(default_factory=lambda: RateLimiter(PER_SECOND, BURST), init=False)
    _dropped: int = field(default=0, init=False)

    def take(self, size: int, now: float) -> int:
        """Count a frame: it costs 1, and 1 more for each KiB; return how many in a row are now dropped."""
        self._dropped = self._dropped + 1 if self._limiter.take(now, 1 + size / 1024) else 0
        return self._dropped
