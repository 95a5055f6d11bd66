"""When the inbox is too full to take more, and when the spool may empty itself into it again."""

from dataclasses import dataclass

INBOX_MARK = 100_000
MEMORY_MARK = 0.7
"""Share of maxmemory above which webhooks go to the spool, so that commits keep their headroom."""
TRICKLE = 100
"""While memory is above its mark, this many may wait in the inbox: messages get through, and no more."""


@dataclass(frozen=True, slots=True)
class Pressure:
    """How full Redis is: entries in the inbox, bytes used, bytes allowed (0: no limit)."""

    waiting: int = 0
    used: int = 0
    allowed: int = 0

    @property
    def crowded(self) -> bool:
        """Whether new webhooks go to the spool."""
        return self.waiting >= INBOX_MARK or self._short_of_memory

    @property
    def room(self) -> int:
        """How many spooled entries may go into the inbox before the next look."""
        mark = TRICKLE if self._short_of_memory else INBOX_MARK
        return max(0, mark - self.waiting)

    @property
    def _short_of_memory(self) -> bool:
        return 0 < self.allowed * MEMORY_MARK <= self.used
