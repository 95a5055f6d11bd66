"""Requests per minute, counted in fixed windows."""


class Window:
    """Counts the requests of the running minute."""

    def __init__(self) -> None:
        self._minute = 0
        self._taken = 0

    def take(self, now: float) -> int:
        """Count one request at `now` (Unix seconds) and return how many its minute has had."""
        minute = int(now // 60)
        if minute != self._minute:
            self._minute, self._taken = minute, 0
        self._taken += 1
        return self._taken
