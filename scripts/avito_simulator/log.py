"""What happened, newest last, in bounded memory."""

from collections import deque
from typing import Any


class Log:
    """The last entries, each a JSON object with `at` in Unix seconds; `total` counts all."""

    def __init__(self, bound: int = 50_000) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=bound)
        self.total = 0

    def add(self, **entry: Any) -> None:  # an entry is any JSON
        """Write one entry."""
        self._entries.append(entry)
        self.total += 1

    def since(self, at: float = 0.0) -> list[dict[str, Any]]:
        """The entries from a time on, oldest first."""
        return [entry for entry in self._entries if entry["at"] >= at]

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self.total = 0
