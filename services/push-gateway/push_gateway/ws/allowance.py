"""Bounds what one client may send: frames and bytes, in bursts and in the long run. Values only."""

from dataclasses import dataclass, field
from enum import Enum, auto

from shared.timing.rate_limiter import RateLimiter

BURST = 240.0
PER_SECOND = 60.0
PATIENCE = 500
"""Frames in a row that are dropped before the connection is closed."""


class Allowed(Enum):
    """What becomes of a frame."""

    YES = auto()
    DROPPED_FIRST = auto()
    """Dropped, as the first in a row: its sender is told."""
    DROPPED = auto()
    DROPPED_LAST = auto()
    """Dropped, and the sender's last: the connection is to be closed."""


@dataclass(slots=True)
class Allowance:
    """What a client may still send."""

    _limiter: RateLimiter = field(default_factory=lambda: RateLimiter(PER_SECOND, BURST), init=False)
    _dropped: int = field(default=0, init=False)

    def take(self, size: int, now: float) -> Allowed:
        """Count a frame: it costs 1, and 1 more for each KiB."""
        if not self._limiter.take(now, 1 + size / 1024):
            self._dropped = 0
            return Allowed.YES
        self._dropped += 1
        if self._dropped > PATIENCE:
            return Allowed.DROPPED_LAST
        return Allowed.DROPPED_FIRST if self._dropped == 1 else Allowed.DROPPED
