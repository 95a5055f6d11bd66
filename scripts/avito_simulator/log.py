"""A bounded log in memory, newest entries last."""

from collections import deque
from typing import Any


class Log:
    """The last entries, each a JSON object with `at` in Unix seconds; `total` counts all."""

    def __init__(self, bound: int = 50_000) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=bound)
        self.total = 0

    def add(self, **entry: Any) -> None:  # an entry is any JSON
        """Add one entry."""
        self._entries.append(entry)
        self.total += 1

    def since(self, at: float = 0.0) -> list[dict[str, Any]]:
        """Return the entries since a time, oldest first."""
        return [entry for entry in self._entries if entry["at"] >= at]
