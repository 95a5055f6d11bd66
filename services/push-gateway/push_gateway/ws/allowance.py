"""Bounds what one client may send: frames and bytes, in bursts and in the long run. Values only."""

from dataclasses import dataclass, field
from enum import Enum, auto

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
    """What a client may still send; `counted_at` is when that was last counted, of any steady clock."""

    counted_at: float
    _left: float = field(default=BURST, init=False)
    _dropped: int = field(default=0, init=False)

    def take(self, size: int, now: float) -> Allowed:
        """Count a frame: it costs 1, and 1 more for each KiB."""
        self._left = min(BURST, self._left + (now - self.counted_at) * PER_SECOND)
        self.counted_at = now
        cost = 1 + size / 1024
        if cost <= self._left:
            self._left -= cost
            self._dropped = 0
            return Allowed.YES
        self._dropped += 1
        if self._dropped > PATIENCE:
            return Allowed.DROPPED_LAST
        return Allowed.DROPPED_FIRST if self._dropped == 1 else Allowed.DROPPED
