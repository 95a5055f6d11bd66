"""What one process allows itself while it cannot ask the others: evenly spaced calls. Pure."""


class CallPauses:
    """Times in seconds of a clock that only runs forward."""

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._next = 0.0

    def take(self, now: float) -> float:
        """Return 0 and count a call, or the seconds to wait."""
        if now < self._next:
            return self._next - now
        self._next = now + self._gap_s
        return 0.0

    def pause(self, now: float, seconds: float) -> None:
        """Allow nothing for so long."""
        self._next = max(self._next, now + seconds) if seconds else self._next
