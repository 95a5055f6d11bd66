"""Requests per minute, counted in fixed windows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WindowResult:
    """Whether a request may pass, how many more may, and when the window ends (seconds)."""

    allowed: bool
    remaining: int
    wait_s: int


class Window:
    """Counts the requests of the running minute."""

    def __init__(self) -> None:
        self._minute = 0
        self._taken = 0

    def take(self, now: float, per_minute: int) -> WindowResult:
        """Count one request at `now` (Unix seconds) against a limit; 0 = none, not counted."""
        minute = int(now // 60)
        if minute != self._minute:
            self._minute, self._taken = minute, 0
        wait_s = int((minute + 1) * 60 - now) + 1
        if not per_minute:
            return WindowResult(allowed=True, remaining=0, wait_s=wait_s)
        self._taken += 1
        return WindowResult(self._taken <= per_minute, max(0, per_minute - self._taken), wait_s)
