"""Room that many share: none takes more than its part. Values only."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Room:
    """What is in hand, of each and of all: bytes of memory, uploads, imports."""

    of_one: int
    of_all: int
    _of: Counter[str] = field(default_factory=Counter, init=False)
    _all: int = field(default=0, init=False)

    def take(self, who: str, size: int = 1) -> bool:
        """Take room; False (and nothing is taken) when `who` or all have taken it up."""
        if self._of[who] + size > self.of_one or self._all + size > self.of_all:
            self._tidy(who)
            return False
        self._of[who] += size
        self._all += size
        return True

    def give_back(self, who: str, size: int = 1) -> None:
        """Give room back."""
        self._of[who] -= size
        self._all -= size
        self._tidy(who)

    def _tidy(self, who: str) -> None:
        if self._of[who] <= 0:
            del self._of[who]
