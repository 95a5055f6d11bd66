"""Bounds what one client may send: frames and bytes, in bursts and in the long run. Values only."""

from dataclasses import dataclass, field
from enum import Enum, auto

from shared.timing.rate_limiter import RateLimiter

BURST = 240.0
PER_SECOND = 60.0
DROPS = 500.0
"""Frames that are dropped, in a burst, before the connection is closed."""
DROPS_PER_SECOND = 5.0


class Verdict(Enum):
    """What happens to a frame."""

    TAKE = auto()
    WARN = auto()
    """It is dropped, the first since one was taken."""
    DROP = auto()
    CUT = auto()
    """Too many were dropped: the connection is closed."""


@dataclass(slots=True)
class Allowance:
    """What a client may still send, and how much more than that it may try."""

    _frames: RateLimiter = field(default_factory=lambda: RateLimiter(PER_SECOND, BURST), init=False)
    _drops: RateLimiter = field(default_factory=lambda: RateLimiter(DROPS_PER_SECOND, DROPS), init=False)
    _dropping: bool = field(default=False, init=False)

    def take(self, size: int, now: float) -> Verdict:
        """Judge a frame: it costs 1, and 1 more for each KiB."""
        if not self._frames.take(now, 1 + size / 1024):
            self._dropping = False
            return Verdict.TAKE
        if self._drops.take(now):
            return Verdict.CUT
        first, self._dropping = not self._dropping, True
        return Verdict.WARN if first else Verdict.DROP
